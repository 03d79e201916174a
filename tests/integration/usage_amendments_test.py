"""Usage that is put right over HTTP. `usage_amendments_test.py BINARY`."""

import datetime
import json
import threading

from billed import BilledCase, main
from support.server import event

PLANS = ({"id": "metered", "name": "Metered", "features": {"api_calls": 100}, "prices": [
    {"currency": "usd", "amount": 5000,
     "usage": {"api_calls": {"model": "per_unit", "unit_amount": "2"}}}]},)
JANUARY = "granularity=month&start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z"


def used(name, quantity=1, at="2026-01-05T00:00:00Z", metric="api_calls", **properties):
    return {"id": name, "metric": metric, "quantity": quantity, "timestamp": at} \
        | ({"properties": properties} if properties else {})


class UsageAmendmentsTest(BilledCase):
    plans = PLANS

    def setUp(self):
        super().setUp()
        self.of = self.organization("org_a", "metered")
        self.reach("2026-01-10T00:00:00Z")

    def report(self, *events):
        return self.does(200, "POST", self.of + "/usage", {"events": events})

    def amends(self, status=201, path="", **body):
        return self.does(status, "POST", f"{self.of}/usage/amendments{path}", body)

    def january(self, metric="api_calls"):
        """What is remembered, what the journal says and what the report says are the same."""
        got = self.does(200, "GET", f"{self.of}/usage?{JANUARY}&metric={metric}")
        window = got["metrics"][0]["windows"][0]
        grouped = self.does(200, "GET", f"{self.of}/usage?{JANUARY}&metric={metric}"
                                        "&group_by=nothing")["metrics"]
        counted = [(w["events"], w["value"]) for x in grouped for w in x["windows"] if w["events"]]
        self.assertEqual(counted or [(0, window["value"])], [(window["events"], window["value"])])
        rows = [(x["events"], x["value"]) for x in
                self.does(200, "GET", "/api/v1/reports/usage")["data"]
                if x["metric"] == metric and x["month"] == "2026-01"]
        self.assertEqual(rows, [(e, v) for e, v in counted])
        return window["value"]

    def quota(self):
        return self.does(200, "GET", self.of + "/access")["entitlements"]["api_calls"]["used"]

    def test_it_counts_at_once_and_survives_and_goes(self):
        self.report(used("a", 5), used("b", 7), used("c", 1))
        made = self.amends(reason="a sensor was wrong", events=[used("a", 50), used("d", 2)],
                           remove=["b"])
        self.assertEqual((made["status"], made["events"], made["removals"], made["removed"]),
                         ("applied", 2, 1, 2))
        self.assertEqual((self.january(), self.quota()), ("53", 53))
        self.crash()
        self.assertEqual((self.january(), self.quota()), ("53", 53))
        path = f"{self.of}/usage/amendments/{made['id']}"
        self.assertEqual(self.does(200, "GET", path), made)
        gone = self.does(200, "POST", path + "/revert", {})
        self.assertEqual((gone["status"], self.january(), self.quota()), ("reverted", "13", 13))
        self.refused("conflict", "POST", path + "/revert", {})
        self.refused("conflict", "POST", path + "/apply", {})
        listed = self.does(200, "GET", f"{self.of}/usage/amendments")["data"]
        beside = ("usage", "amendments", "org_a", "--data", self.server.data)
        told = self.server.command(*beside, "--json").stdout
        self.assertEqual([json.loads(x) for x in told.splitlines()], listed)
        self.assertRegex(self.server.command(*beside).stdout, "reverted .* a sensor was wrong")
        self.assertEqual(listed, [gone])
        self.assertTrue(self.does(200, "GET", self.of + "/verify")["verified"])

    def test_a_gap_is_filled_with_many_batches_and_seen_at_once(self):
        self.report(*[used(f"u{n}", 1, f"2026-01-0{n}T12:00:00Z") for n in range(1, 10)])
        draft = self.amends(reason="the collector was down", draft=True, replace={
            "start": "2026-01-03T00:00:00Z", "end": "2026-01-06T00:00:00Z",
            "metrics": ["api_calls"]})
        self.assertEqual(draft["status"], "draft")
        path = f"/{draft['id']}"
        for batch in range(3):
            events = [used(f"fill{batch}-{n}", 1, "2026-01-04T00:00:00Z") for n in range(1000)]
            got = self.amends(200, path + "/events", events=events)
            self.assertEqual(got["events"], 1000 * (batch + 1))
        got = self.amends(200, path + "/events", events=events)  # once more
        self.assertEqual(got["events"], 3000)
        self.refused("conflict", "POST", f"{self.of}/usage/amendments{path}/events",
                     {"events": [used("fill0-1", 2, "2026-01-04T00:00:00Z")]})
        self.assertEqual(self.january(), "9")
        got = self.amends(200, path + "/apply")
        self.assertEqual((got["status"], got["removed"], self.january()), ("applied", 3, "3006"))
        self.assertEqual(self.quota(), 3006)
        told = self.does(200, "GET", f"{self.of}/events?type=quota_reached")["data"]
        self.assertEqual([x["data"]["percent"] for x in told], [100])

    def test_an_id_of_an_amendment_is_taken_while_it_counts(self):
        made = self.amends(reason="late", events=[used("a", 5)])
        again = {"accepted": 0, "duplicates": 1, "rejected": []}
        self.assertEqual(self.report(used("a", 5)), again)
        self.refused("conflict", "POST", self.of + "/usage", {"events": [used("a", 6)]})
        self.amends(200, f"/{made['id']}/revert")
        self.crash()
        self.assertEqual(self.report(used("a", 6))["accepted"], 1)
        self.assertEqual(self.january(), "6")
        # A draft takes nobody's id.
        draft = self.amends(reason="late", draft=True, events=[used("b", 1)])
        self.assertEqual(self.report(used("b", 3))["accepted"], 1)
        self.amends(200, f"/{draft['id']}/apply")
        self.assertEqual(self.january(), "7")
        self.assertEqual(self.report(used("b", 3))["duplicates"], 1)

    def test_who_reports_again_is_told_the_same_whatever_is_drafted(self):
        self.amends(reason="late", events=[used("a", 5)])
        again = {"accepted": 0, "duplicates": 1, "rejected": []}
        self.assertEqual(self.report(used("a", 5)), again)
        draft = self.amends(reason="was wrong", draft=True, events=[used("a", 6)])
        self.assertEqual(self.report(used("a", 5)), again)
        self.refused("unprocessable", "POST",
                     f"{self.of}/usage/amendments/{draft['id']}/events", {"remove": ["a"]})
        self.amends(200, f"/{draft['id']}/apply")
        self.assertEqual(self.january(), "6")

    def test_what_is_taken_away_twice_is_taken_away_once(self):
        self.report(used("y", 5))
        draft = self.amends(reason="twice", draft=True, remove=["y"])
        for _ in range(2):
            told = self.amends(200, f"/{draft['id']}/events", remove=["y"])
        self.assertEqual(told["removals"], 1)
        self.amends(200, f"/{draft['id']}/apply")
        self.assertEqual(self.january(), "0")

    def test_of_two_drafts_the_one_in_force_says_what_was_reported(self):
        first, second = (self.amends(reason="late", draft=True, events=[used("x", quantity)])
                         for quantity in (5, 6))
        again = {"accepted": 0, "duplicates": 1, "rejected": []}

        def counts(quantity, other):
            self.assertEqual(self.january(), str(quantity))
            self.assertEqual(self.report(used("x", quantity)), again)
            self.refused("conflict", "POST", self.of + "/usage", {"events": [used("x", other)]})
        self.amends(200, f"/{first['id']}/apply")
        counts(5, 6)
        self.reach("2026-01-10T00:00:01Z")
        self.amends(200, f"/{second['id']}/apply")
        counts(6, 5)
        self.crash()
        counts(6, 5)
        self.amends(200, f"/{second['id']}/revert")
        counts(5, 6)

    def test_who_reports_while_it_is_amended_is_told_what_was_recorded(self):
        for n in range(30):
            self.report(used(f"x{n}", 5))
        answers = []
        for n in range(30):
            amend = threading.Thread(target=lambda: self.amends(
                reason="was wrong", events=[used(f"x{n}", 6)]))
            amend.start()
            answers += [self.call("POST", self.of + "/usage", {"events": [used(f"x{n}", 5)]})
                        for _ in range(4)]
            amend.join()
        self.assertEqual({x[0] for x in answers}, {200}, answers)
        self.assertEqual({x[1]["duplicates"] for x in answers}, {1}, answers)
        self.assertEqual(self.january(), "180")

    def test_what_is_amended_and_reported_at_the_same_moment_counts_once(self):
        answers = []
        for n in range(50):
            says = lambda path, **body: answers.append(
                self.call("POST", self.of + path, body | {"events": [used(f"x{n}")]}))
            at_once = [
                threading.Thread(target=says, args=("/usage/amendments",), kwargs={"reason": "x"}),
                threading.Thread(target=says, args=("/usage",))]
            for thread in at_once:
                thread.start()
            for thread in at_once:
                thread.join()
        self.assertEqual({x[0] for x in answers} - {200, 201}, set(), answers)
        self.assertEqual(self.january(), "50")
        self.crash()
        self.assertEqual(self.january(), "50")

    def test_what_reached_a_quota_may_go(self):
        self.does(201, "POST", "/api/v1/organizations", {"id": "org_b", "name": "B"})
        of = "/api/v1/organizations/org_b"
        self.does(200, "PATCH", of + "/entitlements", {"entitlements": {"api_calls": 1}})
        self.does(200, "POST", of + "/usage", {"events": [used("a")]})
        self.does(201, "POST", of + "/usage/amendments", {"reason": "a test's", "remove": ["a"]})
        reads = lambda: self.does(200, "GET", of + "/access")["entitlements"]["api_calls"]["used"]
        self.assertEqual(reads(), 0)
        self.crash()
        self.assertEqual(reads(), 0)

    def test_what_stripe_was_told_is_not_taken_back(self):
        self.does(201, "POST", "/api/v1/meters", {
            "id": "tokens", "name": "Tokens", "aggregation": "sum",
            "stripe_event_name": "tokens_used"})
        self.does(201, "POST", "/api/v1/organizations", {
            "id": "org_s", "name": "S", "stripe_customer_ids": ["cus_s"]})
        now = int(datetime.datetime(2026, 1, 10, tzinfo=datetime.timezone.utc).timestamp())
        subscription = {
            "id": "sub_s", "object": "subscription", "customer": "cus_s", "status": "active",
            "current_period_start": now - 86400, "current_period_end": now + 29 * 86400,
            "items": {"object": "list", "data": [{
                "id": "si_1", "quantity": 1, "price": {
                    "id": "price_1", "unit_amount": 100, "currency": "usd",
                    "recurring": {"interval": "month"}}}]}}
        got = self.server.webhook(
            event("evt_1", "customer.subscription.created", subscription, created=now), at=now)
        self.assertEqual(got[0], 200)
        of = "/api/v1/organizations/org_s"
        self.does(200, "POST", of + "/usage", {"events": [
            used("old", 9, "2025-12-20T00:00:00Z", "tokens"),
            used("new", 9, "2026-01-09T12:00:00Z", "tokens")]})
        for name in ("old", "new"):
            with self.subTest(name):
                self.refused("unprocessable", "POST", of + "/usage/amendments",
                             {"reason": "wrong", "remove": [name]})

    def test_what_was_billed_follows(self):
        self.report(used("a", 100))
        self.reach("2026-02-01T00:00:00Z")
        bill = lambda: [(x["kind"], x["amount"]) for i in self.invoices(self.of)
                        for x in i["lines"] if x["kind"] == "usage"]
        self.assertEqual(bill(), [("usage", 200)])
        more = self.amends(reason="forgotten", events=[used("b", 10)])
        self.reach("2026-03-01T00:00:00Z")
        self.assertEqual(bill(), [("usage", 200), ("usage", 20)])
        self.amends(200, f"/{more['id']}/revert")
        self.reach("2026-04-01T00:00:00Z")
        notes = self.does(200, "GET", self.of + "/credit-notes")["data"]
        self.assertEqual([x["total"] for x in notes], [20])
        for invoice in self.invoices(self.of):
            told = self.does(200, "GET", f"{self.of}/invoices/{invoice['id']}/explain")
            self.assertTrue(told["reproduced"], told)

    def test_what_cannot_be_is_refused_and_nothing_is_written(self):
        self.report(used("a", 5))
        path = self.of + "/usage/amendments"
        for pointer, body in (("/reason", {}),
                              ("/remove/0", {"reason": "x", "remove": ["never"]}),
                              ("/events/0/metric", {"reason": "x", "events": [
                                  used("n", metric="nothing")]}),
                              ("/events/0/timestamp", {"reason": "x", "events": [
                                  {"id": "n", "metric": "api_calls"}]}),
                              ("/events/1/quantity", {"reason": "x", "events": [
                                  used("n"), used("m", -1)]}),
                              ("/replace/end", {"reason": "x", "replace": {
                                  "start": "2026-01-01T00:00:00Z",
                                  "end": "2026-01-11T00:00:00Z"}}),
                              ("/replace/metrics/0", {"reason": "x", "replace": {
                                  "start": "2026-01-01T00:00:00Z",
                                  "end": "2026-01-02T00:00:00Z", "metrics": ["nothing"]}})):
            with self.subTest(pointer):
                got = self.call("POST", path, body)
                self.assertIn(got[0], (400, 422), got[1])
                self.assertEqual(got[1]["errors"][0]["pointer"], pointer, got[1])
        self.refused("unprocessable", "POST", path, {"reason": "x"})
        self.refused("not_found", "POST", path + "/amend_1/apply", {})
        self.refused("not_found", "GET", path + "/amend_1")
        self.assertEqual(self.does(200, "GET", path)["data"], [])

    def test_while_others_report_each_event_counts_once(self):
        self.report(*[used(f"a{n}") for n in range(500)])
        stop, reported, problems = threading.Event(), [0] * 4, []

        def keep_reporting(number):
            while not stop.is_set():
                batch = [used(f"r{number}-{reported[number] + n}") for n in range(10)]
                got = self.call("POST", self.of + "/usage", {"events": batch})
                if got[0] != 200:
                    problems.append(got)
                    return
                reported[number] += 10

        threads = [threading.Thread(target=keep_reporting, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        made = []
        for n in range(10):
            got = self.amends(reason="again", events=[used(f"a{n}", 3)], remove=[f"a{n + 100}"])
            made.append(got["id"])
        for name in made[:5]:
            self.amends(200, f"/{name}/revert")
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        self.assertEqual(self.january(), str(500 + sum(reported) + 5 * (2 - 1)))
        self.crash()
        self.assertEqual(self.january(), str(500 + sum(reported) + 5))


if __name__ == "__main__":
    main("__main__")
