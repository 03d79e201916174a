"""What was used, on invoices, as a caller sees it over months: `usage_billing_test.py BINARY`."""

from billed import BilledCase, main

TIERS = {"model": "graduated", "tiers": [{"up_to": "100", "unit_amount": "0"},
                                         {"unit_amount": "2.5"}]}
PLANS = ({"id": "metered", "name": "Metered", "features": {"api_calls": 100},
          "prices": [{"currency": "usd", "amount": 1000,
                      "usage": {"api_calls": TIERS,
                                "active_users": {"model": "per_unit", "unit_amount": "50"}}}]},
         {"id": "bigger", "name": "Bigger",
          "prices": [{"currency": "usd", "amount": 3000,
                      "usage": {"api_calls": {"model": "per_unit", "unit_amount": "1"}}}]},
         {"id": "committed", "name": "Committed",
          "prices": [{"currency": "usd", "amount": 1000, "minimum": 2000,
                      "usage": {"api_calls": {"model": "per_unit", "unit_amount": "1"}}}]},
         {"id": "plain", "name": "Plain", "prices": [{"currency": "usd", "amount": 500}]})


class MeteredCase(BilledCase):
    plans = PLANS

    def uses(self, of, name, quantity=1, metric="api_calls", **more):
        event = {"id": name, "metric": metric, "quantity": quantity} | more
        return self.does(200, "POST", of + "/usage", {"events": [event]})

    def usage_lines(self, invoice):
        return [(x["usage"]["metric"], x["quantity"], x["amount"])
                for x in invoice["lines"] if x["kind"] == "usage"]

    def explained(self, of, invoice):
        told = self.does(200, "GET", f"{of}/invoices/{invoice['id']}/explain")
        self.assertTrue(told["reproduced"], told)
        return told


class UsageBillingTest(MeteredCase):
    def test_usage_of_a_period_is_on_the_invoice_of_the_next(self):
        of = self.organization("org_a", "metered")
        self.uses(of, "a", 60)
        for name in ("ann", "bob", "ann"):
            self.uses(of, f"seen-{name}-{self.now}", metric="active_users",
                      properties={"user_id": name})
            self.reach(self.now[:18] + str(int(self.now[18]) + 1) + "Z")
        self.reach("2026-01-31T12:00:00Z")
        self.uses(of, "b", 61)
        coming = self.does(200, "GET", of + "/invoices/upcoming")
        self.assertEqual(self.usage_lines(coming),
                         [("active_users", "2", 100), ("api_calls", "121", 53)])
        self.crash()
        self.reach("2026-02-01T00:00:00Z")
        made = self.invoices(of)[-1]
        self.assertEqual(self.usage_lines(made), self.usage_lines(coming))
        self.assertEqual(made["total"], 1153)
        line = self.explained(of, made)["lines"][1]
        self.assertEqual((line["usage_same"], line["catalog_same"], line["unrounded"]),
                         (True, True, "105/2"))
        self.assertEqual([(x["rule"], x["units"]) for x in line["steps"]],
                         [("tier 1", "100"), ("tier 2", "21")])
        report = self.does(200, "GET", "/api/v1/reports/revenue?from=2026-01&to=2026-03")
        self.assertIn("153", str(report))

    def test_an_agreed_minimum_counts_what_comes_late_and_what_is_taken_back(self):
        of = self.organization("org_a", "committed")
        self.uses(of, "a", 300)
        self.reach("2026-02-10T00:00:00Z")
        self.uses(of, "late", 900, timestamp="2026-01-31T12:00:00Z")
        self.crash()
        self.reach("2026-03-01T00:00:00Z")
        made = self.invoices(of)[-1]
        self.assertEqual([(x["kind"], x["amount"]) for x in made["lines"]],
                         [("usage", 900), ("minimum", 1000), ("recurring", 1000)])
        notes = self.does(200, "GET", of + "/credit-notes")["data"]
        self.assertEqual([x["total"] for x in notes], [700])
        self.explained(of, made)
        self.does(201, "POST", of + "/usage/amendments", {"reason": "a mistake",
                                                          "remove": ["a", "late"]})
        self.reach("2026-04-01T00:00:00Z")
        notes = self.does(200, "GET", of + "/credit-notes")["data"]
        self.assertEqual(sorted(x["total"] for x in notes), [300, 700, 900])
        again = self.invoices(of)[-1]
        self.assertEqual([(x["kind"], x["amount"], x["period_start"][:7]) for x in again["lines"]],
                         [("minimum", 1000, "2026-01")])
        self.explained(of, again)

    def test_what_came_late_is_billed_next_and_names_its_period(self):
        of = self.organization("org_a", "metered")
        self.uses(of, "a", 110)
        self.reach("2026-02-02T00:00:00Z")
        self.uses(of, "late", 10, timestamp="2026-01-31T23:00:00Z")
        self.uses(of, "late", 10, timestamp="2026-01-31T23:00:00Z")
        self.crash()
        self.reach("2026-03-01T00:00:00Z")
        january, february, march = self.invoices(of)
        self.assertEqual(self.usage_lines(february), [("api_calls", "110", 25)])
        self.assertEqual(self.usage_lines(march), [("api_calls", "120", 25)])
        line = next(x for x in march["lines"] if x["kind"] == "usage")
        self.assertEqual((line["period_end"][:10], line["counted"], line["usage"]["billed"]),
                         ("2026-02-01", 25, "110"))
        self.explained(of, march)
        self.assertEqual(self.usage_lines(january), [])

    def test_late_usage_is_refused_or_the_period_billed_anew(self):
        of = self.organization("org_a", "metered")
        for policy in ("reject", "reissue"):
            self.does(200, "PATCH", "/api/v1/meters/api_calls", {"late_usage": policy})
            if policy == "reject":
                self.uses(of, "a", 110)
                self.reach("2026-02-02T00:00:00Z")
                body = {"events": [{"id": "b", "metric": "api_calls", "quantity": 10,
                                    "timestamp": "2026-01-31T23:00:00Z"}]}
                told = self.refused("unprocessable", "POST", of + "/usage", body)
                self.assertEqual(told["errors"][0]["pointer"], "/events/0/timestamp")
        self.uses(of, "b", 10, timestamp="2026-01-31T23:00:00Z")
        self.reach("2026-03-01T00:00:00Z")
        notes = self.does(200, "GET", of + "/credit-notes")["data"]
        self.assertEqual([(x["total"], x["number"] is not None) for x in notes], [(25, True)])
        made = self.invoices(of)
        self.assertEqual([self.usage_lines(x) for x in made],
                         [[], [("api_calls", "110", 25)], [], [("api_calls", "120", 50)]])
        for invoice in made:
            self.explained(of, invoice)

    def test_another_plan_ends_what_the_last_one_counted(self):
        of = self.organization("org_a", "metered")
        self.uses(of, "a", 110)
        self.reach("2026-01-16T00:00:00Z")
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "bigger"})
        self.uses(of, "b", 7)
        self.reach("2026-02-01T00:00:00Z")
        made = self.invoices(of)
        self.assertEqual([self.usage_lines(x) for x in made],
                         [[], [("api_calls", "110", 25)], [("api_calls", "7", 7)]])
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "plain"})
        self.uses(of, "c", 1000)
        self.reach("2026-03-01T00:00:00Z")
        self.assertEqual(self.usage_lines(self.invoices(of)[-1]), [])
        for invoice in self.invoices(of):
            self.explained(of, invoice)

    def test_whoever_leaves_is_billed_to_the_end(self):
        of = self.organization("org_a", "metered")
        self.uses(of, "a", 110)
        self.reach("2026-01-16T00:00:00Z")
        self.does(200, "DELETE", of + "/subscription?immediate=true")
        self.assertEqual(self.usage_lines(self.invoices(of)[-1]), [("api_calls", "110", 25)])
        self.uses(of, "b", 2, timestamp="2026-01-15T00:00:00Z")
        self.crash()
        self.reach("2026-02-20T00:00:00Z")
        self.assertEqual(self.usage_lines(self.invoices(of)[-1]), [("api_calls", "112", 5)])
        self.reach("2026-06-01T00:00:00Z")
        self.assertEqual(len(self.invoices(of)), 3)

    def test_a_share_of_the_money_that_passes(self):
        self.does(201, "POST", "/api/v1/meters",
                  {"id": "volume", "name": "Volume", "aggregation": "sum"})
        self.does(201, "POST", "/api/v1/plans", {
            "id": "pays", "name": "Pays", "provider": "native", "prices": [{
                "currency": "usd", "amount": 0, "usage": {"volume": {
                    "model": "percentage", "percent": "2.9", "unit_amount": "30",
                    "free_count": 1}}}]})
        of = self.organization("org_a", "pays")
        self.uses(of, "a", 10000, metric="volume")
        self.uses(of, "b", "2500.5", metric="volume")
        self.reach("2026-02-01T00:00:00Z")
        made = self.invoices(of)[-1]
        self.assertEqual(self.usage_lines(made), [("volume", "12500.5", 393)])
        line = [x for x in self.explained(of, made)["lines"] if x["usage"]][0]
        self.assertEqual((line["usage_same"], line["catalog_same"]), (True, True))
        self.assertEqual([(x["rule"], x["units"], x["unit_amount"]) for x in line["steps"]],
                         [("percentage", "25001/2", "29/1000"), ("fixed", "1", "30")])

    def test_a_plan_prices_only_what_is_metered(self):
        plan = {"id": "bad", "name": "Bad", "provider": "native"}
        for usage, pointer in (({"smoke": TIERS}, "/prices/0/usage/smoke"),
                               ({"messages": {"model": "percentage", "most": "5"}},
                                "/prices/0/usage/messages/model"),
                               ({"messages": {"model": "dynamic"}},
                                "/prices/0/usage/messages/model"),
                               ({"active_users": {"model": "percentage"}},
                                "/prices/0/usage/active_users/model"),
                               ({"messages": {"model": "per_unit", "unit_amount": "-1"}},
                                "/prices/0/usage/messages/unit_amount"),
                               ({}, "/prices/0/usage")):
            told = self.refused("invalid_parameter", "POST", "/api/v1/plans",
                                plan | {"prices": [{"currency": "usd", "amount": 1,
                                                    "usage": usage}]})
            self.assertEqual(told["errors"][0]["pointer"], pointer)


class DraftUsageTest(MeteredCase):
    settings = BilledCase.settings + ("--set", "invoices.draft_seconds=7200")

    def test_what_comes_while_the_invoice_is_a_draft_is_on_it(self):
        of = self.organization("org_a", "metered")
        self.uses(of, "a", 110)
        self.reach("2026-02-01T01:00:00Z")
        draft = self.invoices(of)[-1]
        self.assertEqual((draft["status"], self.usage_lines(draft)),
                         ("draft", [("api_calls", "110", 25)]))
        self.uses(of, "b", 10, timestamp="2026-01-31T23:00:00Z")
        self.crash()
        self.reach("2026-02-01T02:00:00Z")
        opened = self.invoices(of)[-1]
        self.assertEqual((opened["id"], opened["status"], self.usage_lines(opened)),
                         (draft["id"], "open", [("api_calls", "120", 50)]))
        self.assertEqual(opened["total"], 1050)
        self.explained(of, opened)

    def test_a_line_that_stays_as_it_was_is_explained_by_what_was_known_then(self):
        of = self.organization("org_a", "bigger")
        self.uses(of, "a", 300)
        self.reach("2026-02-10T00:00:00Z")
        self.uses(of, "late", 20, timestamp="2026-01-31T12:00:00Z")
        self.uses(of, "b", 50)
        self.reach("2026-03-01T00:30:00Z")
        self.uses(of, "later", 7, timestamp="2026-01-31T13:00:00Z")
        self.uses(of, "c", 5, timestamp="2026-02-20T00:00:00Z")
        self.reach("2026-03-02T00:00:00Z")
        opened = self.invoices(of)[-1]
        self.assertEqual(self.usage_lines(opened),
                         [("api_calls", "320", 20), ("api_calls", "55", 55)])
        self.explained(of, opened)
        self.reach("2026-04-02T00:00:00Z")
        self.assertEqual(self.usage_lines(self.invoices(of)[-1]), [("api_calls", "327", 7)])
        self.explained(of, opened)


if __name__ == "__main__":
    main("__main__")
