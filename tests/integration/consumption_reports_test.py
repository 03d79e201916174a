"""What all organizations consumed, by month. `consumption_reports_test.py BINARY`."""

import json

from billed import BilledCase, main

PLANS = ({"id": "pro", "name": "Pro", "credits_per_period": 100,
          "prices": [{"currency": "usd", "amount": 5000}]},)
REPORTS = "/api/v1/reports/"
FIGURES = ("granted", "consumed", "given_back", "expired", "reversed", "transferred_in",
           "transferred_out", "outstanding")


class ConsumptionReportsTest(BilledCase):
    plans = PLANS

    def credits(self, query=""):
        return {(x["month"], x["kind"]): tuple(x[name] for name in FIGURES)
                for x in self.does(200, "GET", f"{REPORTS}credits?{query}")["data"]}

    def usage(self, query=""):
        return {(x["month"], x["metric"]): (x["organizations"], x["events"], x["value"])
                for x in self.does(200, "GET", f"{REPORTS}usage?{query}")["data"]}

    def uses(self, of, *events):
        self.does(200, "POST", of + "/usage", {"events": [
            {"id": f"{self.now}{n}", "metric": metric} | more
            for n, (metric, more) in enumerate(events)]})

    def test_credits_by_month_and_kind(self):
        one, other = self.organization("org_a", "pro"), self.organization("org_b")
        grant = self.does(201, "POST", one + "/credits/grant",
                          {"amount": 50, "kind": "promotional"})["grant_id"]
        self.does(200, "POST", f"{one}/credits/grants/{grant}/reverse", {"amount": 1})
        used = self.does(200, "POST", one + "/credits/consume", {"amount": 70})
        self.does(200, "POST", f"{one}/credits/transactions/{used['transaction_id']}/reverse",
                  {"amount": 5})
        self.does(201, "POST", one + "/credits/transfer",
                  {"to_organization_id": "org_b", "amount": 10})
        while self.does(200, "GET", other + "/credits")["balance"] < 10:
            pass  # it is on its way
        self.reach("2026-01-02T00:00:00Z")
        before = self.credits()
        total = {name: sum(x[i] for x in before.values()) for i, name in enumerate(FIGURES)}
        self.assertEqual(total, {"granted": 150, "consumed": 70, "given_back": 5, "expired": 0,
                                 "reversed": 1, "transferred_in": 10, "transferred_out": 10,
                                 "outstanding": 84})
        self.assertEqual(total["outstanding"], sum(
            self.does(200, "GET", of + "/credits")["balance"] for of in (one, other)))
        # The plan's expire with the period and come again.
        self.reach("2026-02-02T00:00:00Z")
        after = self.credits("from=2026-02&to=2026-02")
        left = before["2026-01", "subscription"][-1]
        self.assertEqual(after["2026-02", "subscription"], (100, 0, 0, left, 0, 0, 0, 100))
        self.assertEqual(self.credits("to=2026-01"), before)
        self.reach("2026-04-01T00:00:00Z")
        promotional = {month for month, kind in self.credits() if kind == "promotional"}
        self.assertEqual(promotional, {"2026-01"}, "nothing is left of it")
        subscription = {month for month, kind in self.credits() if kind == "subscription"}
        self.assertEqual(subscription, {"2026-01", "2026-02", "2026-03", "2026-04"})

    def test_usage_by_month_and_metric(self):
        one, other = self.organization("org_a"), self.organization("org_b")
        self.does(201, "POST", "/api/v1/meters", {"id": "seats", "aggregation": "weighted_sum"})
        self.uses(one, ("messages", {"quantity": "2.5"}), ("messages", {}),
                  ("active_users", {"properties": {"user_id": "ann"}}), ("seats", {"quantity": 4}))
        self.uses(other, ("messages", {"quantity": 10}),
                  ("active_users", {"properties": {"user_id": "ann"}}))
        self.assertEqual(self.usage(), {("2026-01", "messages"): (2, 3, "13.5"),
                                        ("2026-01", "active_users"): (2, 2, "2"),
                                        ("2026-01", "seats"): (1, 1, "4")})
        self.reach("2026-03-15T00:00:00Z")
        self.uses(other, ("messages", {}), ("messages", {"timestamp": "2026-02-20T00:00:00Z"}))
        self.assertEqual(self.usage("from=2026-02"), {
            ("2026-02", "messages"): (1, 1, "1"), ("2026-03", "messages"): (1, 1, "1"),
            ("2026-02", "seats"): (1, 0, "4"), ("2026-03", "seats"): (1, 0, "4")})
        self.crash()
        self.assertEqual(self.usage("to=2026-01")["2026-01", "messages"], (2, 3, "13.5"))

    def test_who_may_see_them_and_what_is_no_question(self):
        self.organization("org_a")
        mine = self.does(201, "POST", "/api/v1/api-keys",
                         {"role": "billing_admin", "organization_id": "org_a"})["key"]
        for name in ("credits", "usage"):
            self.assertEqual(self.does(200, "GET", REPORTS + name)["data"], [])
            self.assertEqual(self.call("GET", REPORTS + name, key=mine)[0], 403)
            for query in ("from=x", "granularity=day", "from=2026-02&to=2026-01", "currency=usd",
                          "metric=messages"):
                self.assertEqual(self.call("GET", f"{REPORTS}{name}?{query}")[0], 400, query)

    def test_the_command_says_the_same(self):
        of = self.organization("org_a", "pro")
        self.does(200, "POST", of + "/credits/consume", {"amount": 7})
        self.uses(of, ("messages", {"quantity": 3}))
        for name in ("credits", "usage"):
            told = self.does(200, "GET", f"{REPORTS}{name}?to=2026-01")["data"]
            self.assertEqual(len(told), 1)
            done = self.server.command("report", name, "--to", "2026-01", "--json", "--data",
                                       self.server.data)
            self.assertEqual((done.returncode, json.loads(done.stdout)), (0, told), done.stderr)
            shown = self.server.command("report", name, "--data", self.server.data).stdout
            self.assertIn("MONTH", shown)


if __name__ == "__main__":
    main("__main__")
