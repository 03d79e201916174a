"""What operators are to look at. `alerts_test.py BINARY`."""

import json
from datetime import datetime

from billed import BilledCase, main
from support.server import event

PLAN = {"id": "small", "name": "Small", "features": {"api_calls": 100},
        "prices": [{"currency": "usd", "amount": 0, "interval": "month"}]}
PATH = "/api/v1/alerts"


class AlertsTest(BilledCase):
    plans = (PLAN,)

    def alerts(self, **query):
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return self.does(200, "GET", f"{PATH}?{asked}")["data"]

    def use(self, of, usage_id, quantity):
        self.does(200, "POST", of + "/usage", {"events": [
            {"id": usage_id, "metric": "api_calls", "quantity": quantity}]})

    def test_of_all_organizations_newest_first(self):
        a, b = (self.organization(x, "small") for x in ("org_a", "org_b"))
        self.use(a, "1", 85)
        self.reach("2026-01-02T00:00:00Z")
        self.does(201, "POST", b + "/credits/grant", {"amount": 2000, "kind": "manual"})
        self.does(200, "POST", b + "/credits/consume", {"amount": 1500})
        self.reach("2026-01-03T00:00:00Z")
        self.does(200, "DELETE", a + "/subscription?immediate=true")
        self.reach("2026-01-04T00:00:00Z")
        bad = event("evt_bad", "invoice.paid", {"id": "in_1", "object": "invoice", "total": "x"})
        now = int(datetime.fromisoformat(self.now).timestamp())
        self.assertEqual(self.server.webhook(bad, at=now)[0], 200)
        every = self.alerts()
        self.assertEqual([(x["type"], x["organization_id"]) for x in every],
                         [("webhook_dead", None), ("subscription_cancelled", "org_a"),
                          ("credit_balance_low", "org_b"), ("quota_reached", "org_a")])
        self.assertEqual(every[0]["subject_id"], "evt_bad")
        self.assertEqual(every[2]["message"], "500 credits are left, fewer than 1000")
        self.assertEqual([x["at"][:10] for x in every],
                         ["2026-01-04", "2026-01-03", "2026-01-02", "2026-01-01"])
        self.assertEqual(len({x["id"] for x in every}), 4)
        self.crash()
        self.assertEqual(self.alerts(), every)
        self.assertEqual(self.alerts(type="quota_reached"), every[3:])
        self.assertEqual(self.alerts(organization_id="org_b"), [every[2]])
        self.assertEqual(self.alerts(organization_id="org_c"), [])
        self.assertEqual(self.alerts(to="2026-01-03T00:00:00Z"), every[2:])
        self.assertEqual(self.alerts(**{"from": "2026-01-02T00:00:00Z"}), every[:3])
        self.assertEqual(self.alerts(**{"from": "2026-01-02T00:00:00Z",
                                        "to": "2026-01-03T00:00:00Z"}), [every[2]])
        # One names its event.
        told = self.does(200, "GET", a + f"/events?after={every[3]['sequence'] - 1}&limit=1")
        self.assertEqual(told["data"][0]["type"], "quota_reached")
        self.pages(every)
        self.beside_the_server(every)

    def beside_the_server(self, every):
        def told(*arguments):
            done = self.server.command("alerts", "--data", self.server.data, *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        def as_json(*arguments):
            return [json.loads(x) for x in told("--json", *arguments).splitlines()]

        self.assertEqual(as_json(), every)
        self.assertEqual(as_json("--type", "credit_balance_low"), [every[2]])
        self.assertEqual(as_json("--organization", "org_a", "--limit", "1"), [every[1]])
        self.assertEqual(as_json("--from", "2026-01-02T00:00:00Z", "--to", "2026-01-03T00:00:00Z"),
                         [every[2]])
        for x in every:
            self.assertIn(x["message"], told())
        for bad in (("--type", "nothing"), ("--from", "yesterday")):
            done = self.server.command("alerts", "--data", self.server.data, *bad)
            self.assertEqual(done.returncode, 2, bad)

    def pages(self, every):
        seen, cursor = [], ""
        while cursor is not None:
            page = self.does(200, "GET", f"{PATH}?limit=1{cursor}")
            seen += page["data"]
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        self.assertEqual(seen, every)
        first = self.does(200, "GET", PATH + "?limit=1")["next_cursor"]
        got = self.call("GET", f"{PATH}?cursor={first}&type=quota_reached")
        self.assertEqual(got[1]["code"], "invalid_cursor")

    def test_a_command_that_is_repeated_alerts_once(self):
        of = self.organization("org_a", "small")
        for _ in range(3):
            self.use(of, "1", 85)
        self.assertEqual(len(self.alerts()), 1)
        self.use(of, "2", 1)
        self.assertEqual(len(self.alerts()), 1)

    def test_bad_filters_are_refused(self):
        for query in ("type=nothing", "type=", "from=yesterday", "to=1", "limit=0", "status=x"):
            self.refused("invalid_parameter", "GET", f"{PATH}?{query}")


if __name__ == "__main__":
    main("__main__")
