"""Usage over HTTP: recorded once, counted at once, and against quotas. `usage_test.py BINARY`."""

import threading
from http.client import HTTPException

from billed import BilledCase, main

PLANS = ({"id": "pro", "name": "Pro", "prices": [{"currency": "usd", "amount": 5000}],
          "features": {"messages": 100, "agents": -1, "sso": True, "api_calls": 50}},
         {"id": "addon", "name": "Add-on", "prices": [{"currency": "usd", "amount": 100}],
          "features": {"messages": 20, "sso": False}})
MANY = "/api/v1/usage"


def key(name):
    return {"Idempotency-Key": name}


def used(name, metric="messages", **more):
    return {"id": name, "metric": metric} | more


class UsageTest(BilledCase):
    plans = PLANS

    def report(self, of, *events, **more):
        got = self.does(200, "POST", of + "/usage", {"events": events}, **more)
        self.assertEqual(got["accepted"] + got["duplicates"] + len(got["rejected"]), len(events))
        return got

    def accepted(self, of, *events):
        got = self.report(of, *events)
        self.assertEqual(got, {"accepted": len(events), "duplicates": 0, "rejected": []})

    def usage(self, of, query):
        """By metric, what was used in windows that are not empty: [(start, events, value)]."""
        got = self.does(200, "GET", f"{of}/usage?{query}")
        return {x["metric"]: [(w["start"][:13], w["events"], w["value"])
                              for w in x["windows"] if w["events"]]
                for x in got["metrics"] if any(w["events"] for w in x["windows"])}

    def quota(self, of, feature="messages"):
        return self.does(200, "GET", of + "/access")["entitlements"][feature]

    def events_of(self, of, kind):
        return self.does(200, "GET", f"{of}/events?type={kind}")["data"]

    def test_what_is_recorded_is_seen_at_once_and_counts_once_for_ever(self):
        of = self.organization("org_a", "pro")
        batch = [used("a", quantity=5), used("b", quantity="2.5"),
                 used("c", timestamp="2025-12-31T23:00:00Z")]
        self.accepted(of, *batch)
        self.assertEqual(self.usage(of, "granularity=hour"),
                         {"messages": [("2025-12-31T23", 1, "1"), ("2026-01-01T00", 2, "7.5")]})
        self.assertEqual(self.quota(of), {"limit": 100, "used": 8, "remaining": 92})
        again = {"accepted": 0, "duplicates": 3, "rejected": []}
        self.assertEqual(self.report(of, *batch), again)
        self.crash()
        self.assertEqual(self.report(of, *batch), again)
        self.reach("2026-12-01T00:00:00Z")
        self.assertEqual(self.report(of, *batch), again)
        self.assertEqual(len(self.events_of(of, "usage_recorded")), 1)
        # Another organization's ids are its own.
        self.accepted(self.organization("org_b"), used("a"))

    def test_usage_is_counted_apart_by_what_a_property_says(self):
        of = self.organization("org_a")
        for name, region, quantity in (("a", "eu", 5), ("b", "us", 2), ("c", "eu", 1)):
            self.accepted(of, used(name, quantity=quantity, properties={"region": region}))
        self.accepted(of, used("d", quantity=9), used("e", "api_calls", properties={"region": 7}))
        self.crash()
        got = self.does(200, "GET", of + "/usage?group_by=region&granularity=month"
                        "&start=2026-01-01T00:00:00Z&end=2026-02-01T00:00:00Z")
        self.assertEqual([(x["metric"], x["group"], [w["value"] for w in x["windows"]])
                          for x in got["metrics"]],
                         [("messages", None, ["9"]), ("api_calls", "7", ["1"]),
                          ("messages", "eu", ["6"]), ("messages", "us", ["2"])])
        got = self.does(200, "GET", of + "/usage?metric=messages&group_by=region")
        self.assertEqual({x["group"] for x in got["metrics"]}, {None, "eu", "us"})
        self.assertEqual(self.does(200, "GET", of + "/usage")["metrics"][0]["group"], None)
        self.accepted(of, *[used(f"n{n}", properties={"region": n}) for n in range(999)])
        told = self.refused("invalid_parameter", "GET", of + "/usage?group_by=region"
                            "&granularity=hour&start=2025-12-20T00:00:00Z")
        self.assertEqual(told["errors"][0]["pointer"], "?group_by")

    def test_a_day_that_is_far_from_the_days_before_it_is_told_of_once(self):
        of = self.organization("org_a")
        for day in range(1, 11):
            self.reach(f"2026-01-{day:02}T12:00:00Z")
            self.accepted(of, used(f"d{day}", quantity=10))
        self.reach("2026-01-11T12:00:00Z")
        self.accepted(of, used("much", quantity=30))
        self.crash()
        self.accepted(of, used("more", quantity=30))
        told = [x["data"] for x in self.events_of(of, "usage_anomaly_detected")]
        rise = {"metric": "messages", "day": "2026-01-11T00:00:00.000000Z", "kind": "rise",
                "used": "30",
                "baseline": {"days": 10, "mean": "10", "deviation": "0"}}
        self.assertEqual([{k: x[k] for k in rise} for x in told], [rise])
        self.reach("2026-01-13T12:00:00Z")
        days = self.does(200, "GET", of + "/usage/trends?metric=messages")["metrics"][0]["days"]
        self.assertEqual(len(days), 28)
        self.assertEqual([(x["start"][:10], x["value"], x["anomaly"]) for x in days[-4:]],
                         [("2026-01-10", "10", None), ("2026-01-11", "60", "rise"),
                          ("2026-01-12", "0", None), ("2026-01-13", "0", None)])
        self.assertIsNone(days[-8]["baseline"])
        self.assertEqual(days[-2]["baseline"]["days"], 11)
        self.refused("invalid_parameter", "GET", of + "/usage/trends?metric=nothing")

    def test_an_id_is_for_one_thing(self):
        of = self.organization("org_a")
        self.accepted(of, used("a", quantity=5, properties={"region": "eu", "live": True}))
        for other in (used("a", quantity=6, properties={"region": "eu", "live": True}),
                      used("a", quantity=5), used("a", "api_calls", quantity=5),
                      used("a", quantity=5, properties={"region": "eu", "live": True},
                           timestamp="2026-01-01T00:00:00Z")):
            told = self.refused("conflict", "POST", of + "/usage", {"events": [other]})
            self.assertRegex(told["detail"], "[0-9a-f]{64}.*[0-9a-f]{64}")
            self.assertEqual(told["errors"][0]["pointer"], "/events/0/id")
        got = self.report(of, used("b"), used("b", quantity=2), used("b"), used("a"))
        self.assertEqual((got["accepted"], got["duplicates"]), (1, 1))
        self.assertEqual([(x["index"], x["id"], x["code"], x["pointer"])
                          for x in got["rejected"]],
                         [(1, "b", "conflict", "/id"), (3, "a", "conflict", "/id")])

    def test_an_id_stands_for_what_was_recorded_and_not_for_what_was_rejected(self):
        of = self.organization("org_a")
        good = used("a", quantity=5)
        got = self.report(of, used("a", quantity=0), good, used("a", quantity=6), good)
        self.assertEqual((got["accepted"], got["duplicates"]), (1, 1))
        self.assertEqual([x["index"] for x in got["rejected"]], [0, 2])
        for _ in range(2):
            self.assertEqual(self.report(of, good)["duplicates"], 1)
            self.crash()

    def test_one_that_is_bad_is_rejected_and_the_others_are_not(self):
        of = self.organization("org_a")
        late, early = "2025-11-26T23:59:59Z", "2026-01-01T00:05:01Z"
        bad = ((used("x", quantity=0), "unprocessable", "/quantity"),
               (used("x", quantity=-1), "unprocessable", "/quantity"),
               (used("x", quantity=10**12 + 1), "unprocessable", "/quantity"),
               (used("x", quantity="0.0000001"), "unprocessable", "/quantity"),
               (used("x", quantity="1e3"), "invalid_parameter", "/quantity"),
               (used("x", quantity=1.5), "invalid_parameter", "/quantity"),
               (used("x", quantity=True), "invalid_parameter", "/quantity"),
               (used("x", "nobody"), "unprocessable", "/metric"),
               (used("x", "active_users"), "unprocessable", "/properties/user_id"),
               (used("x", timestamp=late), "unprocessable", "/timestamp"),
               (used("x", timestamp=early), "unprocessable", "/timestamp"),
               (used("x", timestamp="yesterday"), "invalid_parameter", "/timestamp"),
               (used(""), "invalid_parameter", "/id"),
               (used("x" * 256), "invalid_parameter", "/id"),
               ({"id": "x"}, "invalid_parameter", "/metric"),
               ({"metric": "messages"}, "invalid_parameter", "/id"),
               (used("x", cost=1), "unknown_field", "/cost"),
               (used("x", organization_id="org_a"), "unknown_field", "/organization_id"),
               (used("x", properties={"a": {}}), "invalid_parameter", "/properties/a"),
               (used("x", properties={"a": "y" * 513}), "invalid_parameter", "/properties/a"),
               (used("x", properties={f"p{i}": 1 for i in range(51)}), "invalid_parameter",
                "/properties"),
               ([], "invalid_parameter", None))
        for event, code, pointer in bad:
            told = self.refused(code, "POST", of + "/usage", {"events": [event]})
            if pointer:
                self.assertEqual(told["errors"][0]["pointer"], "/events/0" + pointer, event)
        got = self.report(of, used("good"), *(event for event, _, _ in bad), used("better"))
        self.assertEqual(got["accepted"], 2)
        self.assertEqual([(x["index"], x["code"]) for x in got["rejected"]],
                         [(i + 1, code) for i, (_, code, _) in enumerate(bad)])
        for body in ({}, {"events": []}, {"events": {}}, {"events": [used("y")], "more": 1}, []):
            self.assertEqual(self.call("POST", of + "/usage", body)[0], 400, body)
        self.refused("payload_too_large", "POST", of + "/usage",
                     {"events": [used(f"e{i}") for i in range(1001)]})
        self.refused("not_found", "POST", "/api/v1/organizations/org_x/usage",
                     {"events": [used("a")]})
        self.assertEqual(self.usage(of, "granularity=day"),
                         {"messages": [("2026-01-01T00", 2, "2")]})
        self.accepted(of, used("x", "storage", quantity=0))

    def test_every_aggregation_and_the_past_from_the_journal(self):
        of = self.organization("org_a")
        self.does(201, "POST", "/api/v1/meters", {"id": "seats", "aggregation": "weighted_sum"})
        self.does(201, "POST", "/api/v1/meters",
                  {"id": "tokens", "aggregation": "sum", "property": "count",
                   "filters": {"model": ["big"]}})
        for day, people in ((1, "ab"), (2, "bcd"), (3, "a")):
            self.reach(f"2026-01-0{day}T12:00:00Z")
            self.accepted(of, *(used(f"{day}{x}", "active_users", properties={"user_id": x})
                                for x in people),
                          used(f"{day}s", "storage", quantity=10 - day),
                          used(f"{day}g", "agents", quantity=day % 3),
                          used(f"{day}w", "seats", quantity=2 if day < 3 else -1),
                          used(f"{day}t", "tokens", properties={"count": "1.5", "model": "big"}),
                          used(f"{day}u", "tokens", properties={"count": 7, "model": "small"}))
        expected = {"active_users": ["2", "3", "1"], "storage": ["9", "8", "7"],
                    "agents": ["1", "2", "0"], "seats": ["1", "3", "3.5"],
                    "tokens": ["1.5", "1.5", "1.5"]}

        def by_day():
            return {metric: [w[2] for w in windows] for metric, windows in self.usage(
                of, "start=2026-01-01T00:00:00Z&end=2026-01-04T00:00:00Z").items()}

        self.assertEqual(by_day(), expected)
        month = {x: w[0][2] for x, w in self.usage(of, "granularity=month").items()}
        self.assertEqual(month["active_users"], "4")
        self.reach("2026-12-01T00:00:00Z")
        self.accepted(of, used("late"))
        self.assertEqual(by_day(), expected, "counted from the journal again")
        hours = self.usage(of, "metric=storage&granularity=hour&start=2026-01-02T00:00:00Z"
                           "&end=2026-01-03T00:00:00Z")
        self.assertEqual(hours, {"storage": [("2026-01-02T12", 1, "8")]})
        for query in ("metric=nobody", "granularity=week", "start=x", "end=2020-01-01T00:00:00Z",
                      "granularity=hour&start=2026-01-01T00:00:00Z"):
            self.assertEqual(self.call("GET", f"{of}/usage?{query}")[0], 400, query)

    def test_many_different_values_are_estimated_as_well_as_is_said(self):
        of = self.organization("org_a")
        for batch in range(3):
            self.accepted(of, *(used(f"{batch}-{i}", "active_users",
                                     properties={"user_id": f"user {batch}-{i}"})
                                for i in range(1000)))
        metric, = self.does(200, "GET", of + "/usage?metric=active_users")["metrics"]
        window = metric["windows"][-1]
        self.assertTrue(window["estimated"])
        self.assertLess(abs(int(window["value"]) - 3000), 3000 * 0.048)

    def test_a_quota_is_told_of_twice_and_a_hard_one_refuses(self):
        of = self.organization("org_a", "pro")
        self.accepted(of, used("a", quantity=79), used("b", "agents", quantity=5))
        self.assertEqual(self.events_of(of, "quota_reached"), [])
        self.accepted(of, used("c"))
        self.accepted(of, used("d", quantity=30))
        self.accepted(of, used("e"))
        told = [x["data"] for x in self.events_of(of, "quota_reached")]
        self.assertEqual([(x["metric"], x["percent"], x["used"], x["limit"]) for x in told],
                         [("messages", 80, 80, 100), ("messages", 100, 110, 100)])
        self.assertEqual(self.quota(of), {"limit": 100, "used": 111, "remaining": 0})
        self.assertEqual(self.quota(of, "agents"), {"limit": None, "used": 5, "remaining": None})
        self.does(200, "PATCH", "/api/v1/meters/api_calls", {"quota": "hard"})
        refused = self.refused("quota_exceeded", "POST", of + "/usage",
                               {"events": [used("f", "api_calls", quantity=51)]})
        self.assertEqual((refused["status"], refused["limit"], refused["remaining"]), (429, 50, 50))
        got = self.report(of, *(used(f"g{i}", "api_calls", quantity=20) for i in range(3)))
        self.assertEqual((got["accepted"], [x["code"] for x in got["rejected"]]),
                         (2, ["quota_exceeded"]))
        # The next period has its own, and what comes late belongs to the one before.
        self.reach("2026-02-01T00:00:00Z")
        self.accepted(of, used("h", timestamp="2026-01-31T23:00:00Z"),
                      used("i", "api_calls", quantity=50))
        self.assertEqual(self.quota(of)["used"], 0)
        self.assertEqual(self.quota(of, "api_calls")["remaining"], 0)
        self.crash()
        self.assertEqual(self.quota(of)["used"], 0)

    def test_what_an_organization_may_is_what_its_plans_and_it_itself_say(self):
        of = self.organization("org_a", "pro")
        self.does(201, "POST", of + "/subscriptions", {"plan_id": "addon"})
        self.assertEqual(self.quota(of)["limit"], 120)
        self.assertEqual(self.quota(of, "sso"), {"limit": None, "used": None, "remaining": None})
        mine = of + "/entitlements"
        told = self.does(200, "PATCH", mine, {"entitlements": {"messages": 7, "beta": True}})
        self.assertEqual(told["overrides"], {"messages": 7, "beta": True})
        self.assertEqual(told["entitlements"]["messages"],
                         {"value": 7, "limit": 7, "used": 0, "remaining": 7})
        self.crash()
        self.assertEqual(self.does(200, "GET", mine), told)
        told = self.does(200, "PATCH", mine, {"entitlements": {"messages": None, "sso": False}})
        self.assertEqual((self.quota(of)["limit"], told["entitlements"]["sso"]["value"]),
                         (120, False))
        self.assertNotIn("sso", self.does(200, "GET", of + "/access")["entitlements"])
        for value in (-2, 10**12 + 1):
            self.refused("unprocessable", "PATCH", mine, {"entitlements": {"messages": value}})
        for body in ({}, {"entitlements": []}, {"entitlements": {"": 1}},
                     {"entitlements": {"a": 1.5}}):
            self.assertEqual(self.call("PATCH", mine, body)[0], 400, body)

    def test_many_organizations_in_one_batch(self):
        one, other = self.organization("org_a", "pro"), self.organization("org_b")

        def of(organization, event):
            return event | {"organization_id": organization}

        batch = {"events": [of("org_a", used("a", quantity=5)), of("org_b", used("a")),
                            of("org_x", used("a")), used("b"), of("org_b", used("c", quantity=0)),
                            of("org_a", used("d")), of("../x", used("e"))]}
        got = self.does(200, "POST", MANY, batch, headers=key("k"))
        self.assertEqual((got["accepted"], got["duplicates"]), (3, 0))
        self.assertEqual([(x["index"], x["code"]) for x in got["rejected"]],
                         [(2, "not_found"), (3, "invalid_parameter"), (4, "unprocessable"),
                          (6, "not_found")])
        self.crash()
        self.assertEqual(self.does(200, "POST", MANY, batch, headers=key("k")), got)
        other_body = {"events": [of("org_b", used("z"))]}
        self.assertEqual(self.call("POST", MANY, other_body, headers=key("k"))[1]["code"],
                         "idempotency_key_reused")
        self.assertEqual(self.quota(one)["used"], 6)
        self.assertEqual(self.usage(other, "")["messages"][0][2], "1")
        self.refused("not_found", "POST", MANY, {"events": [of("org_x", used("a"))]})
        self.refused("unprocessable", "POST", MANY, {"events": [of("org_a", used("n", "none"))]})
        limited = self.does(201, "POST", "/api/v1/api-keys",
                            {"role": "billing_admin", "organization_id": "org_b"})["key"]
        got = self.does(200, "POST", MANY, {"events": [of("org_a", used("y")),
                                                       of("org_b", used("y"))]}, key=limited)
        self.assertEqual((got["accepted"], [x["code"] for x in got["rejected"]]),
                         (1, ["not_found"]))

    def test_a_page_of_large_events_ends_before_it_is_full(self):
        of = self.organization("org_a")
        for batch in range(40):
            self.accepted(of, *(used(f"{batch}-{i}", properties={"text": "x" * 100})
                                for i in range(1000)))
        seen, cursor, pages = [], "", 0
        while cursor is not None:
            page = self.does(200, "GET", f"{of}/events?limit=1000{cursor and '&cursor='}{cursor}")
            seen += [x["sequence"] for x in page["data"]]
            cursor, pages = page["next_cursor"], pages + 1
        self.assertEqual(seen, list(range(1, 42)))
        self.assertGreater(pages, 1)

    def test_clients_that_repeat_over_crashes_are_counted_once(self):
        of = self.organization("org_a", "pro")
        clients, batches, size = 8, 12, 10
        done = set()

        def client(number):
            for batch in range(batches):
                events = [used(f"{number}-{batch}-{i}") for i in range(size)]
                while (number, batch) not in done:
                    try:
                        got = self.call("POST", of + "/usage", {"events": events})
                    except (OSError, HTTPException):
                        continue
                    if got[0] == 200 and got[1]["accepted"] + got[1]["duplicates"] == size:
                        done.add((number, batch))

        threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            threading.Event().wait(0.15)
            self.crash()
        for thread in threads:
            thread.join()
        self.assertEqual(len(done), clients * batches)
        total = clients * batches * size
        self.assertEqual(self.quota(of)["used"], total)
        self.assertEqual(self.usage(of, ""), {"messages": [("2026-01-01T00", total, str(total))]})
        self.assertTrue(self.does(200, "GET", of + "/verify")["verified"])


if __name__ == "__main__":
    main("__main__")
