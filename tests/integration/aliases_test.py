"""Routes by the names that other systems gave them. `aliases_test.py BINARY`."""

from billed import BilledCase, main

PLANS = ({"id": "pro", "name": "Pro", "credits_per_period": 100, "features": {"messages": 100},
          "prices": [{"currency": "usd", "amount": 5000}]},
         {"id": "plus", "name": "Plus", "prices": [{"currency": "usd", "amount": 9000}]})
OLD, OWN = "/api/billing", "/api/v1/billing"


class AliasesTest(BilledCase):
    plans = PLANS

    def key_of(self, organization, role="customer"):
        return self.does(201, "POST", "/api/v1/api-keys",
                         {"role": role, "organization_id": organization})["key"]

    def same(self, alias, path, **more):
        """Both answer the same, and what that is."""
        old, new = self.call("GET", alias, **more), self.call("GET", path, **more)
        self.assertEqual((old[0], old[1], old[2].get("ETag")),
                         (200, new[1], new[2].get("ETag")), alias)
        return old[1]

    def test_what_is_read_by_either_name_is_the_same(self):
        of = self.organization("org_a", "pro")
        self.does(200, "POST", of + "/usage", {"events": [{"id": "a", "metric": "messages"}]})
        self.reach("2026-01-02T00:00:00Z")
        self.assertEqual(len(self.same(OLD + "/plans", "/api/v1/plans")["data"]), 2)
        self.same(OLD + "/credit-products", "/api/v1/credit-products")
        self.assertEqual(self.same(OLD + "/subscription/org_a", of + "/subscription")["plan_id"],
                         "pro")
        self.assertEqual(self.same(OLD + "/credits/org_a", of + "/credits")["balance"], 100)
        self.same(OLD + "/summary/org_a", of + "/summary")
        self.same(OLD + "/history/org_a", of + "/history")
        mine = self.key_of("org_a")
        self.same(OWN + "/subscription", of + "/subscription", key=mine)
        self.same(OWN + "/plans", "/api/v1/plans", key=mine)
        self.assertEqual(len(self.same(OWN + "/invoices", of + "/invoices", key=mine)["data"]), 1)
        window = "start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z"
        used = self.same(f"{OWN}/usage?{window}", f"{of}/usage?{window}", key=mine)
        self.assertEqual(used["metrics"][0]["windows"][0]["value"], "1")
        theirs = "startDate=2026-01-01T00:00:00Z&endDate=2026-01-02T00:00:00Z"
        self.assertEqual(self.does(200, "GET", f"{OWN}/usage?{theirs}", key=mine), used)
        for query in ("startDate=x", "startDate=2026-01-01T00:00:00Z&start=2026-01-01T00:00:00Z"):
            self.assertEqual(self.call("GET", f"{OWN}/usage?{query}", key=mine)[0], 400, query)

    def test_the_key_says_whose_it_is(self):
        self.organization("org_a", "pro")
        self.organization("org_b")
        mine, other = self.key_of("org_a"), self.key_of("org_b")
        self.assertEqual(self.does(200, "GET", OWN + "/subscription", key=mine)["plan_id"], "pro")
        self.assertEqual(self.call("GET", OWN + "/subscription", key=other)[0], 404)
        for method, path in (("GET", "/subscription"), ("GET", "/invoices"), ("GET", "/usage"),
                             ("POST", "/subscription"), ("DELETE", "/subscription")):
            told = self.call(method, OWN + path, {} if method == "POST" else None)
            self.assertEqual((told[0], told[1]["code"]), (403, "forbidden"), path)
        self.assertEqual(self.call("GET", OLD + "/summary/org_b", key=mine)[0], 404)
        self.assertEqual(self.call("GET", OLD + "/credits/consume", key=mine)[0], 404)

    def test_a_subscription_as_the_other_system_asked_for_it(self):
        of = self.organization("org_a")
        mine = self.key_of("org_a")
        made = self.does(201, "POST", OWN + "/subscription",
                         {"planId": "pro", "paymentMethodId": "pm_1"}, key=mine)
        self.assertEqual((made["plan_id"], made["status"]), ("pro", "active"))
        changed = self.does(200, "PATCH", OWN + "/subscription", {"planId": "plus"}, key=mine)
        self.assertEqual(changed["plan_id"], "plus")
        self.does(200, "PATCH", OWN + "/subscription", {"plan_id": "pro"}, key=mine)
        for body, code in (({"planId": "pro", "plan_id": "plus"}, "invalid_json"),
                           ({"PlanId": "pro"}, "unknown_field"),
                           ({"planId": 5}, "invalid_parameter")):
            got = self.call("PATCH", OWN + "/subscription", body, key=mine)
            self.assertEqual((got[0], got[1]["code"]), (400, code), body)
        self.does(200, "DELETE", OWN + "/subscription?immediate=true", key=mine)
        self.assertEqual(self.does(200, "GET", of)["subscription_status"], "cancelled")
        # The names are of these routes alone.
        got = self.call("POST", of + "/subscription", {"planId": "pro"})
        self.assertEqual((got[0], got[1]["code"]), (400, "unknown_field"))

    def test_credits_are_consumed_of_whom_the_body_says(self):
        of, path = self.organization("org_a", "pro"), OLD + "/credits/consume"
        self.organization("org_b", "pro")
        body = {"organization_id": "org_a", "event_name": "api_call_basic", "quantity": 3}
        first = self.does(200, "POST", path, body, headers={"Idempotency-Key": "k"})
        self.assertEqual((first["consumed"], first["balance"]), (3, 97))
        self.assertEqual(self.does(200, "POST", path, body, headers={"Idempotency-Key": "k"}),
                         first)
        mine = self.key_of("org_a")
        self.assertEqual(self.does(200, "POST", path, {"amount": 7}, key=mine)["balance"], 90)
        self.assertEqual(self.call("POST", path, {"amount": 7, "organization_id": "org_b"},
                                   key=mine)[0], 404)
        self.assertEqual(self.does(200, "GET", of + "/credits")["balance"], 90)
        for wrong, code in (({"amount": 1}, "invalid_parameter"),
                            ({"organization_id": 5, "amount": 1}, "invalid_parameter"),
                            ({"organization_id": "org_a"}, "invalid_parameter"),
                            ({"organization_id": "org_a", "amount": 1, "x": 1}, "unknown_field"),
                            ({"organization_id": "../org_a", "amount": 1}, "not_found"),
                            ({"organization_id": "org_a", "amount": 91}, "insufficient_credits"),
                            ([], "invalid_parameter")):
            self.refused(code, "POST", path, wrong)

    def test_the_summary_is_the_whole_at_a_glance(self):
        of = self.organization("org_a")
        empty = self.does(200, "GET", of + "/summary")
        self.assertEqual((empty["subscription_status"], empty["subscription"], empty["usage"],
                          empty["amounts_due"]), ("none", None, {}, []))
        self.does(201, "POST", of + "/subscription",
                  {"plan_id": "pro", "quantity": 2, "payment_method_id": "pm_1"})
        self.does(200, "POST", of + "/usage",
                  {"events": [{"id": "a", "metric": "messages", "quantity": 40}]})
        self.does(201, "POST", of + "/credits/holds", {"amount": 30, "expires_in": "48h"})
        self.reach("2026-01-02T00:00:00Z")
        told = self.does(200, "GET", of + "/summary")
        self.assertEqual((told["organization_id"], told["subscription_status"],
                          told["billing_tier"], told["annual_amount"], told["annual_currency"]),
                         ("org_a", "active", "pro", 120000, "usd"))
        row, = self.does(200, "GET", of + "/subscriptions")["data"]
        self.assertEqual(told["subscription"], row)
        credits = self.does(200, "GET", of + "/credits")
        self.assertEqual(told["credits"], {"balance": credits["balance"], "held": 30})
        self.assertEqual(told["usage"], {"messages": {"limit": 100, "used": 40, "remaining": 60}})
        self.assertEqual((told["open_invoices"], told["amounts_due"]),
                         (1, [{"currency": "usd", "amount": 10000}]))
        invoice, = self.invoices(of)
        self.does(200, "POST", f"{of}/invoices/{invoice['id']}/pay")
        told = self.does(200, "GET", of + "/summary")
        self.assertEqual((told["open_invoices"], told["amounts_due"]), (0, []))
        self.assertEqual(told["last_payment_at"][:10], "2026-01-02")

    def test_the_history_is_what_was_billed_and_paid_the_newest_first(self):
        of = self.organization("org_a", "pro")
        self.reach("2026-01-02T00:00:00Z")
        invoice, = self.invoices(of)
        self.does(200, "POST", f"{of}/invoices/{invoice['id']}/pay", {"payment_id": "wire 1"})
        self.reach("2026-01-03T00:00:00Z")
        self.does(201, "POST", f"{of}/invoices/{invoice['id']}/credit_notes",
                  {"lines": [{"line": 0, "amount": 1000}], "refund_id": "re_1"})
        self.reach("2026-01-04T00:00:00Z")  # the note has its number
        rows = self.does(200, "GET", of + "/history")["data"]
        self.assertEqual([(x["type"], x["amount"], x["status"]) for x in rows],
                         [("credit_note", 1000, "issued"), ("refund", 1000, "succeeded"),
                          ("payment", 5000, "succeeded"), ("invoice", 5000, "paid")])
        self.assertEqual({x["invoice_id"] for x in rows}, {invoice["id"]})
        seen, cursor = [], ""
        while cursor is not None:
            page = self.does(200, "GET", f"{of}/history?limit=1{cursor and '&cursor='}{cursor}")
            seen += page["data"]
            cursor = page["next_cursor"]
        self.assertEqual(seen, rows)
        self.crash()
        self.assertEqual(self.does(200, "GET", of + "/history")["data"], rows)


if __name__ == "__main__":
    main("__main__")
