"""What Bursar bills itself, as a caller sees it over months: `billing_test.py BINARY`.

The clock is a test clock. Between the acts the server is killed, and what is due meanwhile happens
when it is back.
"""

import concurrent.futures
import json

from billed import BilledCase, main

PLANS = (
    {"id": "basic", "name": "Basic", "prices": [{"currency": "usd", "amount": 1000}]},
    {"id": "premium", "name": "Premium", "prices": [{"currency": "usd", "amount": 2000}]},
    {"id": "trial", "name": "Trial", "trial_days": 14,
     "prices": [{"currency": "jpy", "amount": 1980}]},
    {"id": "dear", "name": "Dear", "prices": [{"currency": "usd", "amount": 10 ** 11}]},
    {"id": "tiers", "name": "Tiers", "prices": [{"currency": "usd", "model": {
        "model": "graduated", "tiers": [{"up_to": "100", "unit_amount": "10"},
                                        {"up_to": "500", "unit_amount": "8",
                                         "flat_amount": "500"},
                                        {"unit_amount": "5", "flat_amount": "1000"}]}}]},
)


class BillingTest(BilledCase):
    plans = PLANS

    def test_a_year_is_twelve_invoices_whatever_stands_still_meanwhile(self):
        of = self.organization("org_a", "basic")
        self.reach("2026-04-15T00:00:00Z")
        self.assertEqual(len(self.invoices(of)), 4)
        self.crash()
        self.reach("2026-12-31T23:59:59Z")
        made = self.invoices(of)
        self.assertEqual(len(made), 12)
        self.assertEqual([x["created_at"][:10] for x in made],
                         [f"2026-{month:02}-01" for month in range(1, 13)])
        periods = [(x["lines"][0]["period_start"], x["lines"][0]["period_end"]) for x in made]
        self.assertEqual([end for _, end in periods[:-1]], [start for start, _ in periods[1:]])
        self.assertEqual({x["total"] for x in made}, {1000})

    def test_numbers_have_no_gap_and_follow_the_order_of_opening(self):
        names = [f"org_{i}" for i in range(7)]
        where = []
        for i, name in enumerate(names):
            self.reach(f"2026-01-{i + 2:02}T00:00:00Z")
            where.append(self.organization(name, "basic"))
        self.reach("2026-03-20T00:00:00Z")
        self.crash()
        self.reach("2026-06-20T00:00:00Z")
        made = sorted((x["opened_at"], x["number"]) for of in where for x in self.invoices(of))
        self.assertEqual([number for _, number in made],
                         [f"INV-{i:06}" for i in range(1, len(made) + 1)])
        self.assertEqual(len(made), 7 * 6)

    def test_what_was_slept_through_is_numbered_by_date_across_organizations(self):
        where = []
        for i in range(20):
            self.reach(f"2026-01-{i + 2:02}T{i * 5 % 24:02}:00:00Z")
            where.append(self.organization(f"org_{i * 7 % 20}", "basic"))
        for time in ("2026-06-21T23:00:00Z", "2026-11-21T23:00:00Z"):
            self.reach(time)
            made = sorted((x["number"], x["opened_at"]) for of in where for x in self.invoices(of))
            dates = [opened_at for _, opened_at in made]
            self.assertEqual(dates, sorted(dates))
            self.crash()
        self.assertEqual(len(made), 20 * (1 + 5 + 5))

    def test_a_preview_is_what_the_change_then_makes(self):
        of = self.organization("org_a", "basic")
        self.reach("2026-01-16T12:00:00Z")
        path = of + "/subscription"
        for proration, amounts in (("second", [-500, 1000]), ("day", [-516, 1032])):
            seen = self.does(200, "POST", path + "/preview",
                             {"plan_id": "premium", "proration": proration})
            self.assertEqual([x["amount"] for x in seen["invoice"]["lines"]], amounts)
            self.assertEqual(seen["subscription"]["plan_id"], "premium")
        self.assertEqual(len(self.invoices(of)), 1)
        changed = self.does(200, "PATCH", path, {"plan_id": "premium", "proration": "day"})
        self.assertEqual(changed["plan_id"], "premium")
        made = self.invoices(of)[-1]
        same = ("lines", "subtotal", "tax", "total", "currency")
        self.assertEqual({k: made[k] for k in same}, {k: seen["invoice"][k] for k in same})

    def test_the_upcoming_invoice_is_what_time_then_makes(self):
        of = self.organization("org_a", "tiers", quantity=750)
        self.does(200, "PATCH", of + "/subscription", {"quantity": 101, "when": "period_end"})
        coming = self.does(200, "GET", of + "/invoices/upcoming")
        self.assertEqual((coming["total"], coming["number"]), (1508, None))
        self.reach("2026-02-01T00:00:00Z")
        first, second = self.invoices(of)
        self.assertEqual((first["total"], second["total"]), (6950, 1508))
        self.does(200, "DELETE", of + "/subscription")
        self.refused("not_found", "GET", of + "/invoices/upcoming")

    def test_the_upcoming_invoice_is_known_before_the_last_one_is_paid(self):
        self.server.stop()
        self.server.arguments = ["--test-clock", "--set", "invoices.due_days=3"]
        self.server.start()
        self.call = self.server.call
        of = self.organization("org_a", "basic")
        self.assertEqual(self.does(200, "GET", of + "/invoices/upcoming")["total"], 1000)
        self.reach("2026-01-05T00:00:00Z")  # late
        self.assertEqual(self.does(200, "GET", of)["subscription_status"], "past_due")
        self.assertEqual(self.does(200, "GET", of + "/invoices/upcoming")["total"], 1000)

    def test_every_invoice_can_be_computed_again(self):
        self.does(201, "POST", "/api/v1/tax-rates",
                  {"id": "vat_de", "name": "USt", "country": "DE", "percent": "19"})
        of = self.organization("org_a", "tiers", quantity=250, country="DE")
        self.reach("2026-01-11T07:00:00Z")
        self.does(200, "PATCH", of + "/subscription", {"quantity": 600})
        for made in self.invoices(of):
            told = self.does(200, "GET", f"{of}/invoices/{made['id']}/explain")
            self.assertTrue(told["reproduced"], told)
            self.assertEqual([x["recomputed"] for x in told["lines"]],
                             [x["amount"] for x in made["lines"]])
            self.assertEqual(made["tax"], sum(t["amount"] for x in made["lines"]
                                              for t in x["taxes"]))
            self.assertNotEqual(made["tax"], 0)
        first = self.does(200, "GET", f"{of}/invoices/{self.invoices(of)[0]['id']}/explain")
        self.assertEqual([(s["rule"], s["units"], s["amount"]) for s in first["lines"][0]["steps"]],
                         [("tier 1", "100", "1000"), ("tier 2", "150", "1200"),
                          ("tier 2 flat", "1", "500")])

    def test_a_line_says_what_its_amount_follows_from(self):
        self.does(201, "POST", "/api/v1/plans", {
            "id": "seats", "name": "Seats", "provider": "native", "prices": [
                {"currency": "usd", "model": {"model": "per_unit", "unit_amount": "0.125"}}]})
        of = self.organization("org_a", "seats", quantity=1000)
        self.reach("2026-01-16T00:00:00Z")
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "tiers", "quantity": 101,
                                                       "proration": "day"})
        first, second = self.invoices(of)
        line, = first["lines"]
        self.assertEqual((line["model"], line["unit_price"], line["tiers"], line["quantity"]),
                         ("per_unit", "0.125", None, "1000"))
        self.assertEqual((line["amount"], line["share"], line["proration"]), (125, None, False))
        back, rest = second["lines"]
        self.assertEqual((back["unit_price"], back["share"], back["proration"]),
                         ("0.125", "16/31", True))
        self.assertEqual((rest["model"], rest["unit_price"], rest["share"], rest["proration"]),
                         ("graduated", None, "16/31", True))
        for x in (back, rest):
            self.assertEqual((x["period_start"][:10], x["full_period_start"][:10],
                              x["full_period_end"][:10]),
                             ("2026-01-16", "2026-01-01", "2026-02-01"))
        told = self.does(200, "GET", f"{of}/invoices/{second['id']}/explain")
        self.assertEqual(rest["tiers"], told["lines"][1]["steps"])
        self.assertEqual([x["amount"] for x in rest["tiers"]], ["1000", "8", "500"])

    def test_an_invoice_says_why_nobody_asks_for_it_any_more(self):
        self.server.stop()
        self.server.arguments = ["--test-clock", "--set", "invoices.due_days=3"]
        self.server.start()
        of = self.organization("org_a", "basic")

        def collection():
            made = self.invoices(of)[0]
            return [made[k] for k in ("failed_attempts", "next_attempt_at", "last_failure",
                                      "declined_for_good", "retries_stopped_because")]
        self.assertEqual(collection(), [0, None, None, False, None])
        self.reach("2026-01-04T00:00:00Z")
        self.assertEqual(collection(), [1, "2026-01-05T00:00:00.000000Z", {
            "code": "no_payment_method", "at": "2026-01-04T00:00:00.000000Z"}, False, None])
        self.crash()
        self.reach("2026-01-31T00:00:00Z")
        self.assertEqual(collection(), [5, None, {
            "code": "no_payment_method", "at": "2026-01-11T00:00:00.000000Z"}, False,
            "no_payment_method"])
        self.assertEqual(self.does(200, "GET", of + "/payments")["data"], [])  # none was asked for
        self.does(200, "POST", f"{of}/invoices/{self.invoices(of)[0]['id']}/pay")
        self.assertIsNone(collection()[4])

    def test_what_the_account_holds_and_who_paid_is_listed(self):
        of = self.organization("org_a", "premium")
        self.assertEqual(self.does(200, "GET", of + "/balance")["data"], [])
        self.assertIsNone(self.does(200, "GET", of)["last_payment_at"])
        bill = self.invoices(of)[0]
        path = f"{of}/invoices/{bill['id']}"
        self.reach("2026-01-03T00:00:00Z")
        self.does(200, "POST", path + "/pay", {"amount": 1500, "payment_id": "wire 2"})
        self.reach("2026-01-04T00:00:00Z")
        self.does(200, "POST", path + "/pay", {"payment_id": "wire 1"})
        self.does(201, "POST", path + "/credit_notes", {"lines": [{"line": 0, "amount": 700}]})
        self.assertEqual(self.does(200, "GET", of + "/balance"),
                         {"data": [{"currency": "usd", "amount": 700}], "next_cursor": None})
        same = {"provider": "native", "invoice_id": bill["id"], "currency": "usd",
                "status": "succeeded", "failure_code": None}
        rows = self.does(200, "GET", of + "/payments")["data"]
        self.assertEqual(rows, [
            same | {"id": "wire 1", "amount": 500, "at": "2026-01-04T00:00:00.000000Z"},
            same | {"id": "wire 2", "amount": 1500, "at": "2026-01-03T00:00:00.000000Z"}])
        self.assertEqual(self.does(200, "GET", of)["last_payment_at"], rows[0]["at"])
        first = self.does(200, "GET", of + "/payments?limit=1")
        rest = self.does(200, "GET", of + "/payments?limit=1&cursor=" + first["next_cursor"])
        self.assertEqual((first["data"] + rest["data"], rest["next_cursor"]), (rows, None))
        note, = self.does(200, "GET", of + "/credit-notes")["data"]
        self.assertEqual((note["provider"], note["invoice_id"], note["total"]),
                         ("native", bill["id"], 700))
        sold, = self.does(200, "GET", of + "/subscriptions")["data"]
        self.assertEqual(sold, {"provider": "native"}
                         | self.does(200, "GET", of + "/subscription"))

    def test_an_explanation_goes_back_to_the_catalog_and_the_event(self):
        of = self.organization("org_a", "basic")
        self.does(200, "PATCH", "/api/v1/plans/basic",
                  {"prices": [{"currency": "usd", "amount": 1300}]})
        self.reach("2026-01-02T00:00:00Z")
        bill = self.invoices(of)[0]
        path = f"{of}/invoices/{bill['id']}"
        self.does(200, "POST", path + "/pay")
        note = self.does(201, "POST", path + "/credit_notes", {"lines": [{"line": 0,
                                                                          "amount": 300}]})
        told = self.does(200, "GET", path + "/explain")
        self.assertEqual((told["reproduced"], told["lines"][0]["catalog_same"]), (True, True))
        events = self.does(200, "GET", of + "/events")["data"]
        made, = [x["sequence"] for x in events if x["type"] == "invoice_created"]
        issued, = [x["sequence"] for x in events if x["type"] == "credit_note_issued"]
        self.assertEqual(told["sequence"], made)
        self.reach(self.now)  # until the note has its number
        told = self.does(200, "GET", path + "/explain")
        self.assertEqual(told["credit_notes"], [{
            "id": note["id"], "number": "INV-000002", "sequence": issued, "lines_same": True,
            "total_same": True}])
        self.refused("not_found", "GET", of + "/invoices/in_none/explain")
        self.refused("not_found", "GET", "/api/v1/organizations/org_x/invoices/in_1/explain")
        shown = self.server.command("audit", "explain", "org_a", "--invoice", bill["id"],
                                    "--data", self.server.data)
        self.assertEqual(shown.returncode, 0, shown)
        for text in ("as in the catalog", f"of event {made}", note["id"],
                     f"of event {issued} takes back 300: same"):
            self.assertIn(text, shown.stdout)

    def test_every_entry_of_the_ledger_is_told_and_they_are_what_the_report_says(self):
        self.does(201, "POST", "/api/v1/tax-rates",
                  {"id": "vat_de", "name": "USt", "country": "DE", "percent": "19"})
        of = self.organization("org_a", "basic", country="DE")
        path = f"{of}/invoices/{self.invoices(of)[0]['id']}"
        self.reach("2026-01-10T00:00:00Z")
        self.does(200, "POST", path + "/pay")
        self.reach("2026-01-16T12:00:00Z")
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "premium"})
        self.reach("2026-02-10T00:00:00Z")
        self.does(201, "POST", path + "/credit_notes", {"lines": [{"line": 0, "amount": 100}]})
        rows = self.does(200, "GET", of + "/ledger")["data"]
        first = [{k: x[k] for k in ("date", "line", "debit", "credit", "amount")}
                 for x in rows[:4]]
        self.assertEqual(first, [
            {"date": "2026-01-01", "line": None, "debit": "accounts_receivable",
             "credit": "deferred_revenue", "amount": 1000},
            {"date": "2026-01-01", "line": None, "debit": "accounts_receivable",
             "credit": "tax_payable", "amount": 190},
            {"date": "2026-01-31", "line": 0, "debit": "deferred_revenue", "credit": "revenue",
             "amount": 1000},
            {"date": "2026-01-10", "line": None, "debit": "cash",
             "credit": "accounts_receivable", "amount": 1190}])
        sums = {}
        for x in rows:
            for side in ("debit", "credit"):
                where = (x["month"], x["currency"], x[side])
                sums.setdefault(where, {"debit": 0, "credit": 0})[side] += x["amount"]
        report = {(x["month"], x["currency"], x["account"]): {k: x[k] for k in ("debit", "credit")}
                  for x in self.does(200, "GET", "/api/v1/reports/ledger")["data"]}
        self.assertEqual(sums, report)
        page, seen = self.does(200, "GET", of + "/ledger?limit=3"), []
        while True:
            seen += page["data"]
            if page["next_cursor"] is None:
                break
            page = self.does(200, "GET", of + "/ledger?limit=3&cursor=" + page["next_cursor"])
        self.assertEqual(seen, rows)
        january = self.does(200, "GET", of + "/ledger?to=2026-01&currency=usd")["data"]
        self.assertEqual(january, [x for x in rows if x["month"] == "2026-01"])
        self.assertEqual(self.does(200, "GET", of + "/ledger?currency=eur")["data"], [])
        self.refused("not_found", "GET", "/api/v1/organizations/org_x/ledger")
        self.refused("invalid_parameter", "GET", of + "/ledger?from=2026-13")

    def test_whoever_is_registered_elsewhere_in_the_union_owes_the_tax(self):
        self.server.stop()
        self.server.start({"BURSAR_SELLER_COUNTRY": "DE"})
        self.does(201, "POST", "/api/v1/tax-rates",
                  {"id": "vat_fr", "name": "TVA", "country": "FR", "percent": "20",
                   "inclusive": True})
        treated = {}
        for name, tax in (("org_private", {}), ("org_firm", {"vat_id": "fr 40 303 265 045"}),
                          ("org_exempt", {"exempt": True})):
            of = self.organization(name, "basic", country="FR", tax=tax)
            made, = self.invoices(of)
            treated[name] = (made["tax_treatment"], made["inclusive_tax"], made["total"])
        self.assertEqual(treated, {"org_private": ("taxed", 167, 1000),
                                   "org_firm": ("reverse_charge", 0, 1000),
                                   "org_exempt": ("exempt", 0, 1000)})

    def test_a_trial_without_payment_method_pauses_and_begins_when_there_is_one(self):
        of = self.organization("org_a")
        path = of + "/subscription"
        made = self.does(201, "POST", path, {"plan_id": "trial"})
        self.assertEqual((made["status"], made["currency"]), ("trialing", "jpy"))
        self.reach("2026-01-15T00:00:00Z")
        self.assertEqual(self.does(200, "GET", path)["status"], "paused")
        self.assertEqual(self.invoices(of), [])
        self.does(200, "POST", of + "/payment-methods", {"payment_method_id": "pm_2"})
        self.assertEqual(self.does(200, "POST", path + "/resume")["status"], "active")
        self.assertEqual([x["total"] for x in self.invoices(of)], [1980])
        self.assertEqual(self.does(200, "GET", of)["next_billing_at"][:10], "2026-02-15")

    def test_a_trial_is_moved_and_ended(self):
        of = self.organization("org_a")
        path = of + "/subscription"
        self.does(201, "POST", path, {"plan_id": "trial", "payment_method_id": "pm_1"})
        self.refused("unprocessable", "POST", path + "/trial", {"end": "2025-12-31T00:00:00Z"})
        moved = self.does(200, "POST", path + "/trial", {"end": "2026-02-01T00:00:00Z"})
        self.assertEqual(moved["current_period_end"], moved["trial_end"])
        self.reach("2026-01-20T00:00:00Z")
        self.assertEqual(self.invoices(of), [])
        ended = self.does(200, "POST", path + "/trial")
        self.assertEqual(ended["status"], "active")
        self.assertEqual([x["total"] for x in self.invoices(of)], [1980])
        self.refused("invalid_transition", "POST", path + "/trial")

    def test_several_subscriptions_are_billed_each_or_together(self):
        apart = self.organization("org_a", "basic")
        together = self.organization("org_b", "basic", consolidated_invoices=True)
        self.reach("2026-01-11T00:00:00Z")
        self.refused("invalid_transition", "POST", apart + "/subscription", {"plan_id": "premium"})
        added = [self.does(201, "POST", of + "/subscriptions", {"plan_id": "premium"})
                 for of in (apart, together)]
        self.reach("2026-02-12T00:00:00Z")
        self.assertEqual([[line["amount"] for line in x["lines"]] for x in self.invoices(apart)],
                         [[1000], [2000], [1000], [2000]])
        self.assertEqual([[line["amount"] for line in x["lines"]] for x in self.invoices(together)],
                         [[1000], [1355], [1000, 2000]])  # 21 of 31 days
        path = f"{together}/subscriptions/{added[1]['id']}"
        self.assertEqual(self.does(200, "GET", path)["plan_id"], "premium")
        self.assertEqual(self.does(200, "PATCH", path, {"quantity": 2})["quantity"], 2)
        seen = self.does(200, "POST", path + "/preview", {"quantity": 3})
        self.assertEqual((seen["subscription"]["id"], seen["subscription"]["quantity"]),
                         (added[1]["id"], 3))
        self.assertEqual(self.does(200, "POST", path + "/pause")["status"], "paused")
        self.assertEqual(self.does(200, "GET", together + "/subscription")["plan_id"], "basic")
        self.refused("conflict", "DELETE", together + "/subscription?immediate=true")  # which?
        self.assertEqual(self.does(200, "POST", path + "/resume")["status"], "active")
        self.assertEqual(self.does(200, "DELETE", path + "?immediate=true")["status"], "cancelled")
        self.refused("not_found", "GET", f"{apart}/subscriptions/{added[1]['id']}")
        basic = self.does(200, "GET", apart + "/subscription")["id"]
        gone = self.does(200, "DELETE", f"{apart}/subscriptions/{basic}?immediate=true")
        self.assertEqual((gone["status"], gone["plan_id"]), ("cancelled", "basic"))
        self.assertEqual(self.does(200, "GET", apart)["subscription_status"], "active")
        self.reach("2026-03-12T00:00:00Z")
        self.assertEqual([line["amount"] for line in self.invoices(together)[-1]["lines"]], [1000])

    def test_subscribers_come_to_the_newest_version_when_they_are_told_to(self):
        where = [self.organization(f"org_{i}", "basic") for i in range(5)]
        self.does(200, "DELETE", where[1] + "/subscription")  # leaves
        self.does(200, "PATCH", where[2] + "/subscription",
                  {"plan_id": "premium", "when": "period_end"})
        beside = self.organization("org_5", "premium")
        self.does(201, "POST", beside + "/subscriptions", {"plan_id": "basic"})
        price = {"currency": "usd", "amount": 1500}
        self.does(200, "PATCH", "/api/v1/plans/basic", {"prices": [price]})
        affected = self.does(200, "GET", "/api/v1/plans/basic/subscribers")["data"]
        self.assertEqual([(x["organization_id"], x["amount"], x["newest_amount"])
                          for x in affected], [(f"org_{i}", 1000, 1500) for i in range(6)])
        told, cursor = [], "org_"
        while cursor:
            page = self.does(200, "POST", "/api/v1/plans/basic/migrate",
                             {"limit": 4, "cursor": cursor},
                             headers={"Idempotency-Key": "to-version-2"})
            told += [(x["organization_id"], x["result"]) for x in page["data"]]
            cursor = page["next_cursor"]
        self.assertEqual(told, [("org_0", "migrated"), ("org_1", "unchanged"),
                                ("org_2", "unchanged"), ("org_3", "migrated"),
                                ("org_4", "migrated"), ("org_5", "migrated")])
        again = self.does(200, "POST", "/api/v1/plans/basic/migrate")["data"]
        self.assertEqual({x["result"] for x in again}, {"unchanged"})
        self.reach("2026-02-01T00:00:00Z")
        self.assertEqual([sorted(x["total"] for x in self.invoices(of)) for of in (*where, beside)],
                         [[1000, 1500], [1000], [1000, 2000], [1000, 1500], [1000, 1500],
                          [1000, 1500, 2000, 2000]])
        self.refused("not_found", "POST", "/api/v1/plans/none/migrate")

    def test_who_pays_first_begins_with_the_payment(self):
        wanted = {"plan_id": "basic", "pay_first": True}
        where = [self.organization(name) for name in ("org_a", "org_b")]
        for of in where:
            made = self.does(201, "POST", of + "/subscription", wanted)
            self.assertEqual(made["status"], "incomplete")
            self.assertFalse(self.does(200, "GET", of + "/access")["read"])
        paid, = self.invoices(where[0])
        self.assertEqual(paid["due_at"][:13], "2026-01-01T23")
        self.does(200, "POST", f"{where[0]}/invoices/{paid['id']}/pay")
        self.assertTrue(self.does(200, "GET", where[0] + "/access")["write"])
        self.crash()
        self.reach("2026-01-02T00:00:00Z")
        self.assertEqual([self.does(200, "GET", of + "/subscription")["status"] for of in where],
                         ["active", "expired"])
        self.assertEqual([self.invoices(of)[0]["status"] for of in where], ["paid", "void"])
        self.does(201, "POST", where[1] + "/subscription", wanted)

    def test_a_price_is_agreed_on(self):
        of = self.organization("org_a")
        path = of + "/subscription"
        price = {"currency": "eur", "amount": 777, "interval": "year"}
        for bad, pointer in ((price | {"amount": -1}, "/price/amount"),
                             (price | {"currency": "xxx"}, "/price/currency"),
                             (price | {"interval_count": 0}, "/price/interval_count")):
            got = self.call("POST", path, {"plan_id": "basic", "price": bad})
            self.assertEqual((got[0], got[1]["errors"][0]["pointer"]), (400, pointer))
        key = self.does(201, "POST", "/api/v1/api-keys",
                        {"role": "billing_admin", "organization_id": "org_a"})["key"]
        got = self.call("POST", path, {"plan_id": "basic", "price": price}, key=key)
        self.assertEqual((got[0], got[1]["code"]), (403, "forbidden"))
        made = self.does(201, "POST", path, {"plan_id": "basic", "price": price, "quantity": 3})
        self.assertEqual((made["plan_version"], made["amount"], made["interval"]),
                         (0, 2331, "year"))
        self.assertEqual([x["total"] for x in self.invoices(of)], [2331])

    def test_who_leaves_at_once_may_have_the_rest_back(self):
        of = self.organization("org_a", "basic")
        first, = self.invoices(of)
        self.does(200, "POST", f"{of}/invoices/{first['id']}/pay")
        self.reach("2026-01-16T12:00:00Z")
        self.refused("invalid_parameter", "DELETE", of + "/subscription?prorate=true")
        left = self.does(200, "DELETE", of + "/subscription?immediate=true&prorate=true")
        self.assertEqual(left["status"], "cancelled")
        self.assertEqual([x["total"] for x in self.invoices(of)], [1000, -500])
        self.assertEqual(self.does(200, "GET", of + "/subscription")["id"], left["id"])
        self.does(201, "POST", of + "/subscription", {"plan_id": "premium"})
        last = self.invoices(of)[-1]
        self.assertEqual((last["total"], last["from_balance"], last["amount_due"]),
                         (2000, 500, 1500))

    def test_of_a_subscription_that_ended_nothing_is_done_any_more(self):
        of = self.organization("org_a", "basic")
        path = of + "/subscription"
        self.does(200, "DELETE", path + "?immediate=true")
        for method, where, body in (("PATCH", path, {"quantity": 2}), ("DELETE", path, None),
                                    ("POST", path + "/pause", None),
                                    ("POST", path + "/resume", None),
                                    ("POST", path + "/reactivate", None)):
            with self.subTest(method=method, where=where):
                self.refused("invalid_transition", method, where, body)
        self.does(201, "POST", path, {"plan_id": "basic"})

    def test_an_invoice_is_paid_in_parts_and_once(self):
        of = self.organization("org_a", "basic")
        path = f"{of}/invoices/{self.invoices(of)[0]['id']}"
        part = self.does(200, "POST", path + "/pay", {"amount": 400, "payment_id": "wire 1"})
        self.assertEqual((part["status"], part["amount_due"]), ("open", 600))
        again = self.does(200, "POST", path + "/pay", {"amount": 400, "payment_id": "wire 1"})
        self.assertEqual(again["amount_due"], 600)
        self.refused("invalid_transition", "POST", path + "/pay",
                     {"amount": 500, "payment_id": "wire 1"})
        self.refused("unprocessable", "POST", path + "/pay", {"amount": 601})
        self.refused("unprocessable", "POST", path + "/pay", {"amount": -1})
        self.refused("invalid_transition", "POST", path + "/void")
        self.assertEqual(self.does(200, "POST", path + "/pay")["status"], "paid")
        self.refused("invalid_transition", "POST", path + "/pay")
        self.assertEqual([x["amount"] for x in self.does(200, "GET", path)["payments"]],
                         [400, 600])

    def test_a_draft_waits_and_can_be_opened_before_its_time(self):
        self.server.stop()
        self.server.start({"BURSAR_INVOICES_DRAFT_SECONDS": "3600"})
        of, other = (self.organization(name, "basic") for name in ("org_a", "org_b"))
        draft, = self.invoices(of)
        self.assertEqual((draft["status"], draft["number"], draft["amount_due"]),
                         ("draft", None, 0))
        path = f"{of}/invoices/{draft['id']}"
        self.assertEqual(self.does(200, "POST", path + "/finalize")["status"], "open")
        self.reach("2026-01-01T00:00:00Z")  # until it has its number
        self.refused("invalid_transition", "POST", path + "/finalize")
        self.reach("2026-01-01T00:59:59Z")
        self.assertEqual(self.invoices(other)[0]["status"], "draft")
        self.reach("2026-01-01T01:00:00Z")
        self.assertEqual([(x["status"], x["number"]) for x in self.invoices(of)
                          + self.invoices(other)],
                         [("open", "INV-000001"), ("open", "INV-000002")])

    def test_what_cannot_be_is_refused_and_nothing_is_written(self):
        of = self.organization("org_a", "basic")
        empty = self.organization("org_b")
        path = of + "/subscription"
        for code, method, where, body in (
                ("invalid_transition", "POST", path, {"plan_id": "basic"}),
                ("not_found", "POST", empty + "/subscription", {"plan_id": "none"}),
                ("unprocessable", "POST", empty + "/subscription",
                 {"plan_id": "basic", "currency": "eur"}),
                ("unprocessable", "POST", empty + "/subscription",
                 {"plan_id": "basic", "quantity": 0}),
                ("unprocessable", "POST", empty + "/subscription",
                 {"plan_id": "basic", "quantity": 2 ** 62}),
                ("unprocessable", "POST", empty + "/subscription",
                 {"plan_id": "basic", "trial_days": -1}),
                ("unprocessable", "POST", empty + "/subscription",
                 {"plan_id": "dear", "quantity": 10 ** 9, "trial_days": 9}),
                ("unprocessable", "POST", empty + "/subscription",
                 {"plan_id": "basic", "contract_end": "2025-01-01T00:00:00Z"}),
                ("not_found", "GET", empty + "/subscription", None),
                ("not_found", "PATCH", empty + "/subscription", {"quantity": 2}),
                ("not_found", "DELETE", empty + "/subscription", None),
                ("invalid_parameter", "DELETE", path + "?immediate=yes", None),
                ("invalid_transition", "POST", path + "/resume", None),
                ("invalid_transition", "POST", path + "/reactivate", None),
                ("unprocessable", "PATCH", path, {"quantity": -5}),
                ("invalid_transition", "PATCH", path, {"plan_id": "trial"}),
                ("not_found", "GET", of + "/invoices/in_none", None),
                ("not_found", "POST", of + "/invoices/in_none/pay", None),
                ("invalid_parameter", "POST", "/api/v1/coupons",
                 {"id": "huge", "name": "H", "amount_off": 10 ** 18, "currency": "usd"}),
                ("invalid_parameter", "POST", "/api/v1/plans",
                 {"id": "huge", "name": "H", "provider": "native",
                  "prices": [{"currency": "usd", "amount": 0,
                              "model": {"model": "per_unit", "unit_amount": str(2 ** 62)}}]})):
            with self.subTest(code=code, method=method, where=where, body=body):
                if body == {"plan_id": "trial"}:
                    code = "unprocessable"  # it has no price in dollars
                self.refused(code, method, where, body)

    def test_whoever_leaves_and_comes_back_has_one_subscription_at_a_time(self):
        of = self.organization("org_a", "basic")
        path = of + "/subscription"
        leaving = self.does(200, "DELETE", path)
        self.assertEqual((leaving["status"], leaving["cancel_at"][:10]), ("active", "2026-02-01"))
        self.assertIsNone(self.does(200, "POST", path + "/reactivate")["cancel_at"])
        self.does(200, "DELETE", path)
        self.reach("2026-03-01T00:00:00Z")
        left = self.does(200, "GET", path)
        self.assertEqual((left["status"], left["ended_at"][:10]), ("cancelled", "2026-02-01"))
        self.assertEqual(len(self.invoices(of)), 1)
        self.assertFalse(self.does(200, "GET", of + "/access")["write"])
        back = self.does(201, "POST", path, {"plan_id": "premium"})
        self.assertNotEqual(back["id"], left["id"])
        self.assertTrue(self.does(200, "GET", of + "/access")["write"])
        now = self.does(200, "DELETE", path + "?immediate=true")
        self.assertEqual((now["id"], now["status"]), (back["id"], "cancelled"))

    def test_a_customer_cannot_say_what_costs_the_seller(self):
        of = self.organization("org_a")
        key = self.does(201, "POST", "/api/v1/api-keys",
                        {"role": "customer", "organization_id": "org_a"})["key"]
        path = of + "/subscription"
        for method, where, body in (
                ("POST", path, {"plan_id": "basic", "trial_days": 3650}),
                ("POST", path, {"plan_id": "basic", "contract_end": "2027-01-01T00:00:00Z"}),
                ("PATCH", path, {"plan_id": "premium", "proration": "none"}),
                ("POST", path + "/pause", None), ("POST", path + "/resume", None),
                ("POST", of + "/invoices/in_1/pay", None)):
            self.does(403, method, where, body, key=key)
        for status, plan in ((201, "trial"), (201, "trial")):
            made = self.does(status, "POST", path, {"plan_id": plan}, key=key)
            self.does(200, "DELETE", path + "?immediate=true", key=key)
        self.assertEqual(made["status"], "active")  # the second time there is no trial

    def test_a_credit_that_nobody_paid_for_pays_nothing_else(self):
        self.does(201, "POST", "/api/v1/organizations", {"id": "org_a", "name": "A"})
        of = "/api/v1/organizations/org_a"
        self.does(201, "POST", of + "/subscription", {"plan_id": "premium"})
        self.reach("2026-01-16T12:00:00Z")
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "basic"})
        self.assertEqual([(x["status"], x["from_balance"], x["amount_due"])
                          for x in self.invoices(of)], [("open", 500, 1500), ("paid", -500, 0)])
        self.does(200, "DELETE", of + "/subscription?immediate=true")
        self.does(201, "POST", of + "/subscription", {"plan_id": "basic"})
        self.assertEqual(self.invoices(of)[-1]["amount_due"], 1000)

    def test_a_credit_note_has_the_next_number_and_pays_what_comes(self):
        self.does(201, "POST", "/api/v1/tax-rates",
                  {"id": "vat_de", "name": "USt", "country": "DE", "percent": "19"})
        of = self.organization("org_a", "premium", country="DE")
        self.reach("2026-01-02T00:00:00Z")
        path = of + "/invoices/" + self.invoices(of)[0]["id"]
        self.does(200, "POST", path + "/pay")
        note = self.does(201, "POST", path + "/credit_notes",
                         {"lines": [{"line": 0, "amount": 500}], "reason": "was down"})
        self.assertEqual((note["total"], note["to_invoice"], note["to_balance"]), (595, 0, 595))
        self.assertEqual(note["lines"][0]["taxes"][0]["amount"], 95)
        self.crash()
        self.reach("2026-02-02T00:00:00Z")
        first, second = self.invoices(of)
        self.assertEqual(first["credit_notes"][0]["number"], "INV-000002")
        self.assertEqual((second["number"], second["from_balance"]), ("INV-000003", 595))
        refund = self.does(201, "POST", path + "/credit_notes", {"refund_id": "wire 7"})
        self.assertEqual((refund["total"], refund["refunded"]), (2380 - 595, 2380 - 595))
        row, = self.does(200, "GET", of + "/refunds")["data"]
        self.assertEqual((row["id"], row["provider"], row["credit_note_id"], row["amount"]),
                         ("wire 7", "native", refund["id"], refund["refunded"]))
        for body in ({}, {"lines": [{"line": 0, "amount": 1}]}, {"lines": [{"line": 7}]}):
            self.refused("unprocessable", "POST", path + "/credit_notes", body)
        self.refused("invalid_parameter", "POST", path + "/credit_notes", {"lines": [{}]})
        self.refused("not_found", "POST", of + "/invoices/in_0/credit_notes")
        for made in self.invoices(of):
            explained = self.does(200, "GET", of + f"/invoices/{made['id']}/explain")
            self.assertTrue(explained["reproduced"], explained)

    def test_a_coupon_is_redeemed_by_as_many_as_it_is_for(self):
        self.does(201, "POST", "/api/v1/coupons",
                  {"id": "few", "name": "Few", "percent_off": "25", "duration": "repeating",
                   "periods": 2, "max_redemptions": 2})
        where = [self.organization(f"org_{i}") for i in range(3)]
        wanted = {"plan_id": "basic", "payment_method_id": "pm_1", "coupon": "few"}
        # What is refused redeems nothing.
        for bad in ({"quantity": 0}, {"currency": "jpy"}, {"plan_id": "none"}):
            self.assertIn(self.call("POST", where[2] + "/subscription", wanted | bad)[0],
                          (404, 422))
        for of in where[:2]:
            made = self.does(201, "POST", of + "/subscription", wanted)
            self.assertEqual(made["coupon_id"], "few")
        self.refused("unprocessable", "POST", where[2] + "/subscription", wanted)
        self.refused("not_found", "POST", where[2] + "/subscription", wanted | {"coupon": "none"})
        self.refused("not_found", "POST", "/api/v1/organizations/org_x/subscription", wanted)
        self.crash()
        self.refused("unprocessable", "POST", where[2] + "/subscription", wanted)
        self.does(200, "DELETE", where[0] + "/subscription?immediate=true")
        self.refused("unprocessable", "POST", where[0] + "/subscription", wanted)  # was used
        self.reach("2026-03-02T00:00:00Z")
        self.assertEqual([(x["discount"], x["total"]) for x in self.invoices(where[1])],
                         [(-250, 750), (-250, 750), (0, 1000)])

    def test_what_was_agreed_on_is_billed(self):
        for plan in ({"id": "least", "name": "L", "prices": [{"currency": "usd", "amount": 1000,
                                                              "minimum": 2500}]},
                     {"id": "most", "name": "M", "prices": [{"currency": "usd", "amount": 1000,
                                                             "maximum": 2500}]}):
            self.does(201, "POST", "/api/v1/plans", plan | {"provider": "native"})
        least = self.organization("org_a", "least")
        most = self.organization("org_b", "most", quantity=4)
        self.reach("2026-02-01T00:00:00Z")
        self.assertEqual([[line["amount"] for line in x["lines"]] for x in self.invoices(least)],
                         [[1000], [1500, 1000]])
        self.assertEqual([(x["subtotal"], x["discount"]) for x in self.invoices(most)],
                         [(4000, -1500)] * 2)
        for bad in ({"minimum": -1}, {"minimum": 5, "maximum": 4}, {"maximum": -1}):
            self.refused("invalid_parameter", "PATCH", "/api/v1/plans/least",
                         {"prices": [{"currency": "usd", "amount": 1} | bad]})

    def test_the_reports_agree_with_what_happened(self):
        monthly = self.organization("org_a", "basic")
        self.reach("2026-01-16T12:00:00Z")
        yens = self.organization("org_b", "trial")
        self.does(200, "POST", monthly + "/invoices/" + self.invoices(monthly)[0]["id"] + "/pay")
        self.does(200, "PATCH", monthly + "/subscription", {"plan_id": "premium"})
        self.reach("2026-02-10T00:00:00Z")
        self.does(200, "DELETE", monthly + "/subscription?immediate=true")

        def report(kind, **query):
            text = "&".join(f"{k}={v}" for k, v in query.items())
            return self.does(200, "GET", f"/api/v1/reports/{kind}?{text}")["data"]

        rows = report("mrr", currency="usd")
        self.assertEqual([(x["month"], x["opening"], x["new_business"], x["expansion"], x["churn"],
                           x["closing"]) for x in rows],
                         [("2026-01", 0, 1000, 1000, 0, 2000), ("2026-02", 2000, 0, 0, -2000, 0)])
        lost, = report("churn", currency="usd", **{"from": "2026-02", "to": "2026-02"})
        self.assertEqual((lost["customers_lost"], lost["customer_churn"], lost["revenue_churn"]),
                         (1, "1", "1"))
        january, = report("revenue", currency="usd", to="2026-01-31T00:00:00Z")
        self.assertEqual(january, {"month": "2026-01", "currency": "usd", "billed": 1500,
                                   "recognized": 1500, "deferred": 0})
        self.assertEqual(report("payments", currency="usd")[0]["succeeded_amount"], 1000)
        self.assertEqual(report("mrr", currency="jpy")[0]["new_business"], 1980)
        for kind in ("ledger",):
            balance = {}
            for x in report(kind):
                at = balance.setdefault((x["month"], x["currency"]), [0, 0])
                at[0] += x["debit"]
                at[1] += x["credit"]
            self.assertTrue(balance)
            for where, (debit, credit) in balance.items():
                self.assertEqual(debit, credit, where)
        self.refused("invalid_parameter", "GET", "/api/v1/reports/mrr?granularity=week")
        self.refused("invalid_parameter", "GET", "/api/v1/reports/mrr?from=2026-13")
        listed = self.server.command("report", "mrr", "--currency", "usd", "--data",
                                     self.server.data)
        self.assertIn("2026-01  usd", listed.stdout, listed.stderr)
        # What is billed already is earned until the period ends; of the rest nobody knows yet.
        self.assertTrue(yens)
        self.reach("2026-03-31T00:00:00Z")
        self.assertEqual([report(kind, currency="jpy")[-1]["month"]
                          for kind in ("mrr", "churn", "payments", "revenue")],
                         ["2026-03", "2026-03", "2026-03", "2026-04"])

    def test_a_payment_method_is_taken_away(self):
        of = self.organization("org_a", "basic")
        self.refused("not_found", "DELETE", of + "/payment-methods/pm_2")
        left = self.does(200, "DELETE", of + "/payment-methods/pm_1")
        self.assertEqual(left["data"], [])
        self.reach("2026-02-01T00:00:00Z")
        state = self.does(200, "GET", of + "/state")["state"]["billing"]
        self.assertNotIn("requested_at", state["invoices"][self.invoices(of)[1]["id"]])

    def test_what_was_voided_is_not_given_back(self):
        of = self.organization("org_a", "premium")
        bill = f"{of}/invoices/{self.invoices(of)[0]['id']}"
        self.reach("2026-01-16T12:00:00Z")
        self.assertEqual(self.does(200, "POST", bill + "/void")["status"], "void")
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "basic"})
        self.assertEqual([x["amount"] for x in self.invoices(of)[-1]["lines"]], [0, 500])
        other = self.organization("org_b", "premium")
        bill = f"{other}/invoices/{self.invoices(other)[0]['id']}"
        self.reach("2026-01-20T00:00:00Z")
        self.does(200, "PATCH", other + "/subscription", {"plan_id": "basic"})
        self.refused("invalid_transition", "POST", bill + "/void")

    def test_who_would_be_affected_by_a_new_version_is_known_before(self):
        where = [self.organization(f"org_{i}", "basic", quantity=i + 1) for i in range(3)]
        self.organization("org_x", "premium")
        self.does(200, "PATCH", "/api/v1/plans/basic",
                  {"prices": [{"currency": "usd", "amount": 1200}]})
        path = "/api/v1/plans/basic/subscribers"
        rows = self.does(200, "GET", path)["data"]
        self.assertEqual([(x["organization_id"], x["plan_version"], x["newest_version"],
                           x["amount"], x["newest_amount"]) for x in rows],
                         [("org_0", 1, 2, 1000, 1200), ("org_1", 1, 2, 2000, 2400),
                          ("org_2", 1, 2, 3000, 3600)])
        first = self.does(200, "GET", path + "?limit=2")
        rest = self.does(200, "GET", path + "?limit=2&cursor=" + first["next_cursor"])
        self.assertEqual(first["data"] + rest["data"], rows)
        self.does(200, "PATCH", where[1] + "/subscription",
                  {"plan_id": "basic", "when": "period_end"})
        self.reach("2026-02-01T00:00:00Z")
        self.assertEqual([x["plan_version"] for x in self.does(200, "GET", path)["data"]],
                         [1, 2, 1])
        self.assertEqual(self.invoices(where[1])[-1]["total"], 2400)
        self.refused("not_found", "GET", "/api/v1/plans/none/subscribers")

    def test_a_plan_with_prices_by_month_and_year_sells_both(self):
        self.does(201, "POST", "/api/v1/plans", {
            "id": "both", "name": "Both", "provider": "native", "features": {"seats": 5},
            "prices": [{"currency": "usd", "amount": 1000},
                       {"currency": "usd", "amount": 10000, "interval": "year"}]})
        of = self.organization("org_a")
        path = of + "/subscription"
        self.refused("unprocessable", "POST", path, {"plan_id": "both"})
        made = self.does(201, "POST", path, {"plan_id": "both", "interval": "year"})
        self.assertEqual((made["amount"], made["interval"]), (10000, "year"))
        self.refused("invalid_parameter", "PATCH", path, {"interval": "month"})
        made = self.does(200, "PATCH", path, {"plan_id": "both", "interval": "month"})
        self.assertEqual((made["amount"], made["interval"]), (1000, "month"))
        # What was sold stays sold.
        self.does(200, "PATCH", "/api/v1/plans/both", {"features": {"seats": 1}})
        self.assertEqual(self.does(200, "GET", of + "/access")["entitlements"]["seats"]["limit"], 5)

    def test_a_plan_is_sold_at_another_price(self):
        of = self.organization("org_a", "basic")
        prices = lambda: [(x["currency"], x["interval"], x["amount"], x["plan_version"])
                          for x in self.does(200, "GET", "/api/v1/prices")["data"]
                          if x["plan_id"] == "basic"]
        yearly = {"plan_id": "basic", "currency": "usd", "interval": "year", "amount": 9000}
        once = {"headers": {"Idempotency-Key": "yearly"}}
        made = self.does(201, "POST", "/api/v1/prices", yearly, **once)
        self.assertEqual([x["amount"] for x in made["prices"]], [1000, 9000])
        self.assertEqual(prices(), [("usd", "month", 1000, 2), ("usd", "year", 9000, 2)])
        self.does(200, "PATCH", "/api/v1/prices",
                  {"plan_id": "basic", "currency": "usd", "maximum": 5000, "amount": 1200})
        again = self.does(201, "POST", "/api/v1/prices", yearly, **once)
        self.assertEqual(again, made)
        self.assertEqual(prices(), [("usd", "month", 1200, 3), ("usd", "year", 9000, 3)])
        self.does(200, "PATCH", "/api/v1/prices",
                  {"plan_id": "basic", "currency": "usd", "amount": 1100, "maximum": None})
        row = self.does(200, "GET", "/api/v1/prices")["data"][0]
        self.assertEqual((row["plan_id"], row["amount"], row["maximum"]), ("basic", 1100, None))
        self.assertEqual(self.does(200, "GET", of + "/subscription")["amount"], 1000)
        for code, pointer, method, body in (
                ("not_found", None, "POST", {"plan_id": "none", "currency": "usd", "amount": 1}),
                ("already_exists", None, "POST", yearly),
                ("already_exists", None, "POST", yearly | {"interval_count": 3}),
                ("invalid_parameter", "/amount", "POST", {"plan_id": "basic", "currency": "eur"}),
                ("not_found", None, "PATCH", {"plan_id": "basic", "currency": "eur"}),
                ("invalid_parameter", "/plan_id", "POST", {"currency": "usd"}),
                ("invalid_parameter", "/currency", "POST", {"plan_id": "basic"}),
                ("invalid_parameter", "/amount", "PATCH", yearly | {"amount": -1}),
                ("invalid_parameter", "/usage/smoke", "PATCH",
                 yearly | {"usage": {"smoke": {"model": "flat"}}}),
                ("invalid_parameter", "/usage/api_calls/percent", "PATCH",
                 yearly | {"usage": {"api_calls": {"model": "percentage", "percent": "-1"}}}),
                ("unknown_field", "/price", "POST", yearly | {"price": 1})):
            told = self.refused(code, method, "/api/v1/prices", body)
            self.assertEqual([x["pointer"] for x in told.get("errors", [])],
                             [pointer] if pointer else [], told)
        self.assertEqual({x[3] for x in prices()}, {4})
        # What was answered to a key is answered again, though the price is gone.
        gone = {"headers": {"Idempotency-Key": "dearer"}}
        dearer = {"plan_id": "basic", "currency": "usd", "interval": "year", "amount": 9900}
        told = self.does(200, "PATCH", "/api/v1/prices", dearer, **gone)
        self.does(200, "PATCH", "/api/v1/plans/basic",
                  {"prices": [{"currency": "usd", "amount": 1000}]})
        self.assertEqual(self.does(200, "PATCH", "/api/v1/prices", dearer, **gone), told)
        self.refused("not_found", "PATCH", "/api/v1/prices", dearer)

    def test_prices_that_come_side_by_side_all_come(self):
        currencies = ("eur", "gbp", "jpy", "chf", "sek", "nok", "dkk", "pln")
        with concurrent.futures.ThreadPoolExecutor(len(currencies)) as pool:
            list(pool.map(lambda currency: self.does(
                201, "POST", "/api/v1/prices",
                {"plan_id": "basic", "currency": currency, "amount": 900}), currencies))
        sold = self.does(200, "GET", "/api/v1/plans/basic")["prices"]
        self.assertEqual(sorted(x["currency"] for x in sold), sorted(("usd", *currencies)))

    def test_the_audit_replays_all_of_it(self):
        of = self.organization("org_a", "basic", quantity=3)
        self.reach("2026-02-14T09:30:00Z")
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "premium"})
        self.reach("2026-05-01T00:00:00Z")
        self.assertTrue(self.does(200, "GET", of + "/verify")["verified"])
        state = self.does(200, "GET", of + "/state")
        invoices = self.invoices(of)
        self.crash()
        self.assertEqual(self.does(200, "GET", of + "/state"), state)
        self.server.stop()
        code, found = self.server.audit()
        self.assertEqual((code, found["verified"]), (0, True), found)
        for made in invoices:
            told = self.server.command("audit", "explain", "org_a", "--invoice", made["id"],
                                       "--data", self.server.data)
            self.assertEqual(told.returncode, 0, told)
            self.assertIn(f"reproduced: subtotal {made['subtotal']}", told.stdout)
        beside = ("org_a", "--data", self.server.data)
        told = self.server.command("audit", "explain", *beside)
        self.assertIn("subscribed to basic", told.stdout)
        told = self.server.command("list", "invoices", *beside, "--json").stdout
        self.assertEqual([json.loads(x) for x in told.splitlines()], invoices)
        self.assertRegex(self.server.command("list", "invoices", *beside).stdout,
                         f"{invoices[0]['id']} .* open .* {invoices[0]['total']} ")
        self.assertRegex(self.server.command("list", "subscriptions", *beside).stdout,
                         " native .* active .* premium .* 2026-06-01T")
        none = self.server.command("audit", "explain", "org_a", "--invoice", "in_none",
                                   "--data", self.server.data)
        self.assertEqual((none.returncode, "there is no invoice in_none" in none.stderr), (3, True))


if __name__ == "__main__":
    main("__main__")
