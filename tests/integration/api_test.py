"""The API against a running server: contract, errors, framing, keys. `api_test.py BINARY`."""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from support.server import Server, customer, event

BINARY = ""
OPENAPI = os.path.join(HERE, "..", "..", "schemas", "openapi.yaml")


class ApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(BINARY)
        cls.call = staticmethod(cls.server.call)
        cls.call("POST", "/api/v1/organizations", {"id": "org_main", "name": "Main"})

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        cls.server.remove()
        assert code == 0, code

    def problem(self, answer, status, code):
        self.assertEqual((answer[0], answer[1].get("code")), (status, code), answer[1])
        self.assertEqual(answer[1]["status"], status)
        self.assertTrue(answer[1]["type"].startswith("https://bursar.dev/errors/"))

    # -- contract ---

    def test_openapi_and_the_route_table_say_the_same(self):
        with open(OPENAPI, encoding="utf-8") as file:
            document = yaml.safe_load(file)
        written = {(verb.upper(), path) for path, item in document["paths"].items()
                   for verb in item if verb != "parameters"}
        rows = json.loads(self.server.command("schema", "--routes", "--json").stdout)
        self.assertEqual({(verb, path) for verb, path, _, _ in rows}, written)
        names = {(verb, path): item[verb.lower()]["operationId"]
                 for verb, path in written for item in [document["paths"][path]]}
        for verb, path, operation, alias in rows:
            self.assertTrue(names[verb, path].startswith(operation), (path, operation))
        self.assertEqual(len(set(names.values())), len(names))

    def test_an_unknown_route_is_404_with_or_without_a_key(self):
        self.problem(self.call("GET", "/api/v2/nothing"), 404, "not_found")
        self.problem(self.call("GET", "/api/v2/nothing", key=None), 404, "not_found")
        answer = self.call("DELETE", "/api/v1/organizations")
        self.problem(answer, 405, "method_not_allowed")
        self.assertEqual(answer[2]["Allow"], "POST, GET")

    def test_a_request_id_is_echoed(self):
        answer = self.call("GET", "/health/live", headers={"X-Request-Id": "abc-1"})
        self.assertEqual(answer[2]["X-Request-Id"], "abc-1")

    # -- organizations ---

    def test_create_replays_its_answer_for_the_same_key(self):
        body = {"name": "Twice", "email": "t@t.example"}
        headers = {"Idempotency-Key": "twice-1"}
        first = self.call("POST", "/api/v1/organizations", body, headers=headers)
        again = self.call("POST", "/api/v1/organizations", body, headers=headers)
        self.assertEqual((first[0], first[1]), (again[0], again[1]))
        self.assertEqual(first[0], 201)
        self.assertEqual(again[2]["Idempotent-Replayed"], "true")
        other = self.call("POST", f"/api/v1/organizations/{first[1]['id']}", {"name": "x"})
        self.problem(other, 405, "method_not_allowed")

    def test_a_key_with_another_body_is_refused(self):
        path = "/api/v1/organizations/org_main"
        headers = {"Idempotency-Key": "same-1"}
        first = self.call("PATCH", path, {"email": "x@y.example"}, headers=headers)
        self.assertEqual(first[0], 200)
        answer = self.call("PATCH", path, {"email": "z@y.example"}, headers=headers)
        self.problem(answer, 422, "idempotency_key_reused")

    def test_a_key_is_one_request_on_every_route(self):
        headers = {"Idempotency-Key": "one-request-1"}
        for name in ("org_one", "org_two"):
            answer = self.call("POST", "/api/v1/organizations", {"id": name, "name": "x"},
                               headers=headers)
            if name == "org_one":
                self.assertEqual(answer[0], 201)
        self.problem(answer, 422, "idempotency_key_reused")
        self.problem(self.call("GET", "/api/v1/organizations/org_two"), 404, "not_found")

    def test_tenants_do_not_meet_in_a_key(self):
        headers = {"Idempotency-Key": "1"}
        made = []
        for name in ("org_key_a", "org_key_b"):
            self.assertEqual(self.call("POST", "/api/v1/organizations",
                                       {"id": name, "name": name})[0], 201)
            admin = self.call("POST", "/api/v1/api-keys",
                              {"role": "billing_admin", "organization_id": name})[1]["key"]
            made.append(self.call("POST", "/api/v1/api-keys",
                                  {"role": "billing_viewer", "organization_id": name},
                                  key=admin, headers=headers))
        self.assertEqual([answer[0] for answer in made], [201, 201])
        self.assertNotEqual(made[0][1]["id"], made[1][1]["id"])

    def test_of_two_changes_of_a_plan_made_at_once_none_is_lost(self):
        self.assertEqual(self.call("POST", "/api/v1/plans", {"id": "raced", "name": "0"})[0], 201)
        changes = [{"name": str(i)} if i % 2 else {"features": {f"f{i}": True}}
                   for i in range(24)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda c: (c, self.call("PATCH", "/api/v1/plans/raced", c)),
                                    changes))
        plan = self.call("GET", "/api/v1/plans/raced")[1]
        self.assertLessEqual({answer[0] for _, answer in answers}, {200, 409})
        self.assertIn(plan["name"], ["0"] + [c["name"] for c, a in answers
                                             if "name" in c and a[0] == 200])

    def test_bad_bodies_name_the_member_and_change_nothing(self):
        before = self.call("GET", "/api/v1/organizations/org_main/state")[1]["sequence"]
        path = "/api/v1/organizations"
        for body, code, pointer in (
                ({"id": "org_x"}, "invalid_parameter", "/name"),
                ({"name": 5}, "invalid_parameter", "/name"),
                ({"name": "x", "id": "x"}, "invalid_parameter", "/id"),
                ({"name": "x", "currency": "USD"}, "invalid_parameter", "/currency"),
                ({"name": "x", "country": "us"}, "invalid_parameter", "/country"),
                ({"name": "x", "email": "nobody"}, "invalid_parameter", "/email"),
                ({"name": "x", "metadata": {"a": 1}}, "invalid_parameter", "/metadata/a"),
                ({"name": "x", "shoe": 44}, "unknown_field", "/shoe"),
                ({"name": "x", "stripe_customer_ids": ["x"]}, "invalid_parameter",
                 "/stripe_customer_ids")):
            answer = self.call("POST", path, body)
            self.problem(answer, 400, code)
            self.assertIn(pointer, [e["pointer"] for e in answer[1]["errors"]], body)
        json_type = {"Content-Type": "application/json"}
        for text in (b"", b"{", b'{"name":"a","name":"b"}', b'{"name":"a",}', b"[]", b"nul",
                     b'{"name":"\xff"}', b'{"name":"a"} {}', b'{"a":' * 40 + b"1" + b"}" * 40):
            answer = self.call("POST", path, text, headers=json_type)
            self.assertEqual(answer[0], 400, text)
        answer = self.call("POST", path, b"name=x", headers={"Content-Type": "text/plain"})
        self.problem(answer, 415, "unsupported_media_type")
        answer = self.call("POST", path, {"name": "x"}, headers={"Idempotency-Key": None})
        self.problem(answer, 400, "idempotency_key_missing")
        self.assertEqual(self.call("GET", "/api/v1/organizations/org_main/state")[1]["sequence"],
                         before)

    def test_if_match_guards_a_change(self):
        made = self.call("POST", "/api/v1/organizations", {"name": "Guarded"})[1]
        path = "/api/v1/organizations/" + made["id"]
        answer = self.call("PATCH", path, {"name": "A"}, headers={"If-Match": '"7"'})
        self.problem(answer, 412, "precondition_failed")
        got = self.call("GET", path)
        answer = self.call("PATCH", path, {"name": "A"}, headers={"If-Match": got[2]["ETag"]})
        self.assertEqual((answer[0], answer[1]["name"]), (200, "A"))
        for tags, status in (('"2"', 304), ('"1", W/"2"', 304), ("*", 304), ('"1","3"', 200),
                             ("2", 200), ("", 200)):
            unchanged = self.call("GET", path, headers={"If-None-Match": tags})
            self.assertEqual(unchanged[0], status, tags)
        answer = self.call("PATCH", path, {"name": "B"}, headers={"If-Match": "*"})
        self.assertEqual(answer[0], 200)

    def test_what_no_place_money_or_clock_is_called_is_refused(self):
        for member, values in (("timezone", ("Nowhere/Nothing", "Europe", "../etc/passwd")),
                               ("currency", ("zzz", "EUR", "eu")), ("country", ("ZZ", "de", "DEU")),
                               ("email", ("@", "a@", "@b", "a@b@c", "a b@c"))):
            for value in values:
                body = {"name": "Bad", member: value}
                answer = self.call("POST", "/api/v1/organizations", body)
                self.problem(answer, 400, "invalid_parameter")
                self.assertEqual(answer[1]["errors"][0]["pointer"], "/" + member)
        answer = self.call("POST", "/api/v1/organizations",
                           {"name": "Good", "timezone": "America/Argentina/Ushuaia",
                            "currency": "jpy", "country": "JP", "email": "a+b@c.example"})
        self.assertEqual(answer[0], 201)

    def test_what_may_be_done_has_no_etag_for_it_depends_on_the_catalog_too(self):
        answer = self.call("GET", "/api/v1/organizations/org_main/access",
                           headers={"If-None-Match": '"1"'})
        self.assertEqual((answer[0], answer[2]["ETag"]), (200, None))

    def test_nothing_is_taken_away_by_null(self):
        path = "/api/v1/organizations/org_main"
        for name in ("name", "email", "external_id", "metadata", "stripe_customer_ids"):
            answer = self.call("PATCH", path, {name: None})
            self.problem(answer, 400, "invalid_parameter")
            self.assertEqual(answer[1]["errors"][0]["pointer"], "/" + name)

    def test_system_streams_are_no_organizations(self):
        rows = json.loads(self.server.command("schema", "--routes", "--json").stdout)
        for verb, path, _, _ in rows:
            if "{org}" not in path:
                continue
            for stream in ("$access", "$catalog", "$inbox", "org_", "main"):
                body = {"name": "x"} if verb in ("POST", "PATCH") else None
                answer = self.call(verb, path.replace("{org}", stream), body)
                self.problem(answer, 404, "not_found")
                self.assertNotIn("sha256", json.dumps(answer[1]))
        answer = self.call("POST", "/api/v1/organizations", {"id": "$access", "name": "x"})
        self.problem(answer, 400, "invalid_parameter")
        self.assertEqual(answer[1]["errors"][0]["pointer"], "/id")

    def test_a_customer_belongs_to_one_organization(self):
        body = {"id": "org_owner", "name": "O", "stripe_customer_ids": ["cus_owned"]}
        self.assertEqual(self.call("POST", "/api/v1/organizations", body)[0], 201)
        self.problem(self.call("POST", "/api/v1/organizations", body), 409, "already_exists")
        other = {"id": "org_thief", "name": "T", "stripe_customer_ids": ["cus_owned"]}
        self.problem(self.call("POST", "/api/v1/organizations", other), 409, "conflict")
        self.problem(self.call("GET", "/api/v1/organizations/org_thief"), 404, "not_found")

    def test_lists_page_with_cursors_bound_to_their_list(self):
        for name in "abc":
            self.call("POST", "/api/v1/organizations", {"id": f"org_page_{name}", "name": "Page"})
        path = "/api/v1/organizations?q=org_page_&limit=2"
        first = self.call("GET", path)[1]
        self.assertEqual([r["id"] for r in first["data"]], ["org_page_a", "org_page_b"])
        rest = self.call("GET", path + "&cursor=" + first["next_cursor"])[1]
        self.assertEqual([r["id"] for r in rest["data"]], ["org_page_c"])
        wrong = self.call("GET", "/api/v1/organizations?cursor=" + first["next_cursor"])
        self.problem(wrong, 400, "invalid_cursor")
        for cut in (1, 2):
            short = self.call("GET", path + "&cursor=" + first["next_cursor"][:-cut])
            self.problem(short, 400, "invalid_cursor")
        for query in ("limit=0", "limit=1001", "limit=x", "shoe=1", "limit=1&limit=1"):
            answer = self.call("GET", "/api/v1/organizations?" + query)
            self.problem(answer, 400, "invalid_parameter")

    def test_the_lists_of_an_organization_page_by_id(self):
        made = self.call("POST", "/api/v1/organizations",
                         {"name": "Pages", "stripe_customer_ids": ["cus_pages"]})[1]
        for n in range(3):
            subscription = {"id": f"sub_{n}", "object": "subscription", "customer": "cus_pages",
                            "status": "active", "created": 1_700_000_000 + n,
                            "current_period_end": 1_700_086_400,
                            "items": {"data": [{"id": f"si_{n}", "quantity": 7,
                                                "price": {"id": "price_page"}}]},
                            "metadata": {}}
            answer = self.server.webhook(event(f"evt_page_{n}", "customer.subscription.created",
                                               subscription))
            self.assertEqual(answer[1], {"received": True})
        path = f"/api/v1/organizations/{made['id']}/subscriptions"
        whole = self.call("GET", path)[1]
        self.assertEqual([r["id"] for r in whole["data"]], ["sub_0", "sub_1", "sub_2"])
        self.assertIsNone(whole["next_cursor"])
        first = self.call("GET", path + "?limit=2")[1]
        rest = self.call("GET", path + "?limit=2&cursor=" + first["next_cursor"])[1]
        self.assertEqual(first["data"] + rest["data"], whole["data"])
        self.assertEqual((len(first["data"]), rest["next_cursor"]), (2, None))
        table = self.server.command("list", "subscriptions", made["id"],
                                    "--data", self.server.data).stdout.splitlines()
        self.assertEqual(table[1].split(), ["sub_0", "stripe", "active", "price_page", "7", "-",
                                            "-", "2023-11-15T22:13:20.000000Z"])
        for name in ("refunds", "disputes", "credit-notes", "payments", "balance"):
            other = f"/api/v1/organizations/{made['id']}/{name}"
            self.assertEqual(self.call("GET", other + "?limit=1")[1],
                             {"data": [], "next_cursor": None})
            self.problem(self.call("GET", other + "?limit=0"), 400, "invalid_parameter")
            self.problem(self.call("GET", other + "?cursor=" + first["next_cursor"]), 400,
                         "invalid_cursor")

    def test_a_key_of_one_organization_lists_that_one(self):
        for name in ("a", "z"):
            self.call("POST", "/api/v1/organizations", {"id": f"org_{name}", "name": "Around"})
        key = self.call("POST", "/api/v1/api-keys",
                        {"role": "billing_viewer", "organization_id": "org_main"})[1]["key"]
        for query, ids in (("", ["org_main"]), ("?limit=1", ["org_main"]), ("?q=Around", []),
                           ("?status=none_such", [])):
            listed = self.call("GET", "/api/v1/organizations" + query, key=key)[1]
            self.assertEqual([row["id"] for row in listed["data"]], ids)
            self.assertIsNone(listed["next_cursor"])

    # -- history ---

    def test_few_read_a_whole_history_at_a_time(self):
        path = "/api/v1/organizations/" + self.call("POST", "/api/v1/organizations",
                                                    {"name": "Long"})[1]["id"]
        metadata = {f"k{n}": "v" * 500 for n in range(50)}

        def change(n):
            return self.call("PATCH", path, {"metadata": metadata | {"k0": str(n)}})[0]

        def read(n):
            return self.call("GET", path + ("/verify", "/state?sequence=300",
                                            "/events?type=none")[n % 3])
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            self.assertEqual(set(pool.map(change, range(300))), {200})
            answers = list(pool.map(read, range(600)))
        self.assertEqual({answer[0] for answer in answers}, {200, 429})
        refused = next(answer for answer in answers if answer[0] == 429)
        self.problem(refused, 429, "rate_limited")
        self.assertEqual((refused[2]["Retry-After"], refused[2]["RateLimit-Limit"]), ("1", "1"))
        for n in range(3):
            self.assertEqual(read(n)[0], 200)

    def test_the_past_can_be_asked_for(self):
        made = self.call("POST", "/api/v1/organizations", {"name": "One"})[1]
        path = "/api/v1/organizations/" + made["id"]
        self.call("PATCH", path, {"name": "Two"})
        then = self.call("GET", path + "/state?sequence=1")[1]
        self.assertEqual((then["sequence"], then["state"]["name"]), (1, "One"))
        self.assertEqual(self.call("GET", path + "/state")[1]["state"]["name"], "Two")
        early = self.call("GET", path + "/state?at=1999-01-01T00:00:00Z")
        self.problem(early, 400, "invalid_parameter") if early[0] == 400 else \
            self.problem(early, 404, "not_found")
        events = self.call("GET", path + "/events?type=organization_updated")[1]["data"]
        self.assertEqual([e["sequence"] for e in events], [2])
        self.assertEqual(events[0]["actor"]["kind"], "api_key")
        verified = self.call("GET", path + "/verify")[1]
        self.assertEqual((verified["verified"], verified["events"]), (True, 2))

    # -- keys ---

    def test_keys_are_shown_once_and_reach_only_their_organization(self):
        body = {"role": "billing_viewer", "organization_id": "org_main"}
        headers = {"Idempotency-Key": "key-1"}
        made = self.call("POST", "/api/v1/api-keys", body, headers=headers)
        self.assertEqual(made[0], 201)
        again = self.call("POST", "/api/v1/api-keys", body, headers=headers)[1]
        self.assertEqual((again["key"], again["key_shown"]), (None, True))
        viewer = made[1]["key"]
        self.assertEqual(self.call("GET", "/api/v1/organizations/org_main", key=viewer)[0], 200)
        self.problem(self.call("GET", "/api/v1/organizations/org_owner", key=viewer), 404,
                     "not_found")
        self.problem(self.call("PATCH", "/api/v1/organizations/org_main", {"name": "x"},
                               key=viewer), 403, "forbidden")
        self.problem(self.call("GET", "/api/v1/webhooks/inbox", key=viewer), 403, "forbidden")
        listed = self.call("GET", "/api/v1/api-keys")[1]["data"]
        self.assertNotIn(viewer, json.dumps(listed))
        fresh = self.call("POST", f"/api/v1/api-keys/{made[1]['id']}/rotate",
                          {"overlap": "1h"})[1]["key"]
        for key in (viewer, fresh):
            self.assertEqual(self.call("GET", "/api/v1/organizations/org_main", key=key)[0], 200)
        self.assertEqual(self.call("DELETE", f"/api/v1/api-keys/{made[1]['id']}")[0], 200)
        self.problem(self.call("GET", "/api/v1/organizations/org_main", key=viewer), 401,
                     "unauthenticated")

    def test_no_key_makes_a_stronger_or_longer_one(self):
        def make(body, key=None):
            return self.call("POST", "/api/v1/api-keys", body, key=key or self.server.key)
        ours = {"role": "billing_admin", "organization_id": "org_main"}
        strong = make(ours)[1]
        weak = make(ours | {"scopes": ["read", "admin"], "expires_in": "30d"})[1]
        for body in (ours | {"expires_in": "1d"},
                     ours | {"expires_in": "1d", "scopes": ["read", "write"]},
                     ours | {"expires_in": "31d", "scopes": ["read"]},
                     ours | {"scopes": ["read"]},
                     {"role": "platform_admin", "expires_in": "1d", "scopes": ["read"]}):
            self.problem(make(body, weak["key"]), 403, "forbidden")
        got = make(ours | {"expires_in": "1d", "scopes": ["read", "admin"]}, weak["key"])
        self.assertEqual(got[0], 201)
        answer = self.call("POST", f"/api/v1/api-keys/{strong['id']}/rotate", {}, key=weak["key"])
        self.problem(answer, 403, "forbidden")
        answer = self.call("POST", f"/api/v1/api-keys/{weak['id']}/rotate", {"overlap": "1h"},
                           key=weak["key"])
        self.assertEqual((answer[0], answer[1]["expires_at"]), (201, weak["expires_at"]))
        answer = make({"role": "platform_admin", "organization_id": "org_main"})
        self.problem(answer, 422, "unprocessable")
        self.assertEqual(answer[1]["errors"][0]["pointer"], "/organization_id")

    def test_openapi_says_what_only_a_platform_admin_may(self):
        with open(OPENAPI, encoding="utf-8") as file:
            document = yaml.safe_load(file)
        key = self.call("POST", "/api/v1/api-keys",
                        {"role": "billing_admin", "organization_id": "org_main"})[1]["key"]
        checked = 0
        for path, item in document["paths"].items():
            for verb, operation in item.items():
                if verb == "parameters" or operation.get("security") == []:
                    continue
                body = {} if verb in ("post", "patch", "put") else None
                target = path.replace("{org}", "org_main").replace("{id}", "none")
                answer = self.call(verb.upper(), target, body, key=key)
                if operation["operationId"] == "setTestClock":
                    self.assertEqual(answer[0], 404)
                    continue
                self.assertEqual(answer[0] == 403, operation.get("x-role") == "platform_admin",
                                 (verb, path, answer[1]))
                checked += 1
        self.assertGreater(checked, 20)

    def test_a_key_for_ever_is_refused_and_the_next_start_works(self):
        made = self.call("POST", "/api/v1/api-keys", {"role": "platform_admin"})[1]
        for days in (3_000_000, 1_000_000_000):
            answer = self.call("POST", "/api/v1/api-keys",
                               {"role": "platform_admin", "expires_in": f"{days}d"})
            self.problem(answer, 400, "invalid_parameter")
            self.assertEqual(answer[1]["errors"][0]["pointer"], "/expires_in")
            answer = self.call("POST", f"/api/v1/api-keys/{made['id']}/rotate",
                               {"overlap": f"{days}d"})
            self.problem(answer, 400, "invalid_parameter")
            self.assertEqual(answer[1]["errors"][0]["pointer"], "/overlap")
        self.assertEqual(self.server.stop(), 0)
        self.server.start()

    def test_credentials_are_needed_and_never_taken_from_elsewhere(self):
        path = "/api/v1/organizations/org_main"
        answer = self.call("GET", path, key=None)
        self.problem(answer, 401, "unauthenticated")
        self.assertEqual(answer[2]["WWW-Authenticate"], "Bearer")
        basic = {"Authorization": "Basic eDp5"}
        self.problem(self.call("GET", path, key=None, headers=basic), 401, "unauthenticated")
        self.problem(self.call("GET", path + "?api_key=" + self.server.key, key=None), 401,
                     "unauthenticated")

    # -- webhooks ---

    def test_the_log_says_once_that_the_other_mode_is_ignored(self):
        for n in range(3):
            got = self.server.webhook(event(f"evt_mode_{n}", "customer.updated",
                                            customer("cus_mode"), livemode=False))
            self.assertEqual(got[1], {"received": True})
        self.assertEqual(self.server.said().count(b"webhooks of the other mode are ignored"), 1)

    def test_webhooks_are_proven_before_they_are_parsed(self):
        good = event("evt_sig", "customer.created", customer("cus_sig", "org_main"))
        self.problem(self.server.webhook(good, secret="whsec_" + "0" * 40), 401,
                     "invalid_signature")
        self.problem(self.server.webhook(good, at=int(time.time()) - 400), 401,
                     "invalid_signature")
        self.problem(self.call("POST", "/webhooks/stripe", good, key=None), 400,
                     "missing_signature")
        self.problem(self.server.webhook(None, body=b"not json"), 400, "invalid_json")
        self.assertEqual(self.server.webhook(good)[1], {"received": True})
        self.assertEqual(self.server.webhook(good)[1], {"duplicate": True, "received": True})

    def test_unusable_webhooks_are_kept_as_dead_letters(self):
        bad = event("evt_bad", "invoice.paid", {"id": "in_1", "object": "invoice", "total": "x"})
        self.assertEqual(self.server.webhook(bad)[0], 200)
        letters = self.call("GET", "/api/v1/webhooks/dead-letters")[1]["data"]
        found = [x for x in letters if x["event_id"] == "evt_bad"]
        self.assertEqual(len(found), 1)
        self.assertIn("total", found[0]["reason"])
        rows = self.call("GET", "/api/v1/webhooks/inbox?status=dead")[1]["data"]
        self.assertIn("evt_bad", [x["event_id"] for x in rows])

    def test_a_parked_webhook_comes_alive_when_its_customer_is_claimed(self):
        waiting = event("evt_wait", "customer.created", customer("cus_late"))
        self.assertEqual(self.server.webhook(waiting)[1], {"received": True})
        rows = self.call("GET", "/api/v1/webhooks/inbox?status=parked")[1]["data"]
        self.assertIn("evt_wait", [x["event_id"] for x in rows])
        self.call("POST", "/api/v1/organizations",
                  {"id": "org_late", "name": "L", "stripe_customer_ids": ["cus_late"]})
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            mirror = self.call("GET", "/api/v1/organizations/org_late/mirror/stripe")[1]
            if mirror["customers"]["cus_late"]["email"]:
                break
        self.assertEqual(mirror["customers"]["cus_late"]["email"], "a@b.example")
        applied = self.call("GET", "/api/v1/organizations/org_late/events")[1]["data"][1]
        self.assertRegex(applied["correlation_id"], "^req_")

    def test_a_webhook_that_contradicts_the_map_moves_nothing(self):
        self.call("POST", "/api/v1/organizations",
                  {"id": "org_mine", "name": "M", "stripe_customer_ids": ["cus_mine"]})
        wrong = event("evt_wrong", "customer.updated", customer("cus_mine", "org_main"))
        self.assertEqual(self.server.webhook(wrong)[0], 200)
        rows = self.call("GET", "/api/v1/webhooks/inbox?status=dead")[1]["data"]
        self.assertIn("evt_wrong", [x["event_id"] for x in rows])

    # -- framing (each refusal closes; the next connection works) ---

    def test_framing_faults_are_refused_and_close(self):
        path = b"POST /api/v1/organizations HTTP/1.1\r\n"
        host = b"Host: a\r\n"
        rows = (
            (path + host + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
             b"0\r\n\r\n", 400),
            (path + host + b"Transfer-Encoding: xchunked\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
             400),
            (path + host + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
            (path + host + b"Transfer-Encoding: identity\r\n\r\n", 400),
            (path.replace(b"1.1", b"1.0") + host + b"Transfer-Encoding: chunked\r\n\r\n", 400),
            (path + host + b"Transfer-Encoding:\r\n chunked\r\n\r\n", 400),
            (path + host + b"Transfer-Encoding : chunked\r\n\r\n", 400),
            (path + host + b"Content-Length: 5, 5\r\n\r\nhello", 400),
            (path + host + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
            (path + host + b"Content-Length: -1\r\n\r\n", 400),
            (path + b"\r\n", 400),
            (path + host + host + b"\r\n", 400),
            (b"GET /health/live HTTP/1.1\nHost: a\n\n", 400),
            (b"GET /health/live HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", 400),
            (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET /health/live HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 17000 + b"\r\n\r\n", 431),
            (b"GET /health/live HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 64 + b"\r\n", 431),
            (b"GET /" + b"a" * 2100 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            (b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            (path + host + b"Expect: tea\r\nContent-Length: 2\r\n\r\n{}", 417),
            (path + host + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415),
            (b"GET /health/../health/live HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET /health/%2e%2e/live HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET /health/a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET //health/live HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET /health/%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            (b"GET /health/%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400))
        for data, status in rows:
            got = self.server.raw(data)
            self.assertTrue(got.startswith(b"HTTP/1.1 %d " % status), (data[:80], got[:200]))
            name = re.search(rb"\r\nX-Request-Id: (req_\w+)\r\n", got)
            self.assertTrue(name and b'"instance":"' + name.group(1) + b'"' in got, got)
            self.assertEqual(got.count(b"HTTP/1.1 "), 1, (data[:80], got))
            self.assertIn(b"Connection: close", got)
            self.assertEqual(self.call("GET", "/health/live", key=None)[0], 200)

    def test_a_body_that_is_announced_too_large_is_refused_unread(self):
        got = self.server.raw(b"POST /api/v1/organizations HTTP/1.1\r\nHost: a\r\n"
                              b"Content-Length: 1048577\r\n\r\n")
        self.assertTrue(got.startswith(b"HTTP/1.1 413 "), got)

    def test_pipelined_requests_are_answered_in_order(self):
        one = b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-Request-Id: %d\r\n\r\n"
        got = self.server.raw(b"".join(one % n for n in range(20)))
        self.assertEqual(re.findall(rb"X-Request-Id: (\d+)", got), [b"%d" % n for n in range(20)])

    def test_head_has_no_body_and_100_continue_is_answered(self):
        got = self.server.raw(b"HEAD /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertTrue(got.endswith(b"\r\n\r\n") and b"Content-Length: 17" in got, got)
        got = self.server.raw(b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                              b"Expect: 100-continue\r\n\r\n")
        self.assertTrue(got.startswith(b"HTTP/1.1 100 Continue\r\n\r\n"), got)


class StartTest(unittest.TestCase):
    """What the program refuses before it serves."""

    def run_with(self, *arguments, **environment):
        folder = tempfile.mkdtemp(prefix="bursar-start-")
        try:
            kept = {k: v for k, v in os.environ.items()
                    if not k.startswith(("BURSAR_", "STRIPE_"))}
            return subprocess.run([BINARY, "serve", "--data", folder, *arguments],
                                  env=kept | environment, capture_output=True, text=True,
                                  timeout=30)
        finally:
            shutil.rmtree(folder)

    def test_a_weak_webhook_secret_is_refused(self):
        for secret in ("short", " "):
            done = self.run_with(STRIPE_WEBHOOK_SECRET=secret)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("24", done.stderr)

    def test_a_test_clock_stays_on_loopback(self):
        done = self.run_with("--test-clock", "--listen", "0.0.0.0:0")
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_an_unknown_setting_is_named(self):
        done = self.run_with("--set", "stripe.acount=acct_1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("acount", done.stderr)


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
