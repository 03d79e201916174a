"""What is refused, class by class, and leaves no trace. `refusals_test.py BINARY`.

After each refusal: not one event more, the process alive, the next request served.
"""

import concurrent.futures
import hashlib
import hmac
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support.server import SECRET, customer, event
from wire import WireCase, main, request, settings, signature_of

ORGANIZATIONS = "/api/v1/organizations"
MAIN = ORGANIZATIONS + "/org_main"


class RefusalCase(WireCase):
    # Wrong keys are a limit of their own, tested elsewhere.
    settings = settings(limits__failed_credentials_per_10_seconds=100000)

    def problem(self, answer, status, code=None, note=None):
        self.assertEqual(answer[0], status, (note, answer[1]))
        self.assertEqual(answer[2]["Content-Type"], "application/problem+json", note)
        self.assertEqual(answer[1]["status"], status, note)
        if code:
            self.assertEqual(answer[1]["code"], code, (note, answer[1]))


class CredentialsTest(RefusalCase):
    def test_no_key_or_another_scheme(self):
        length = self.length()
        key = self.server.key
        for value in (None, "", "Bearer", "Bearer ", "Basic " + key, "Bearer" + key, key,
                      "Bearer x" + key, "Bearer " + key[:-1], "Bearer " + key + "x",
                      "Bearer " + key.upper(), "Bearer  " + key, "Token " + key,
                      "Bearer " + key + ", Bearer " + key):
            for method in ("GET", "PATCH"):
                answer = self.call(method, MAIN, {"name": "x"} if method == "PATCH" else None,
                                   key=None, headers={"Authorization": value})
                self.problem(answer, 401, "unauthenticated", value)
                self.assertEqual(answer[2]["WWW-Authenticate"], "Bearer")
        self.unharmed(length)

    def test_keys_in_other_places_are_not_taken_and_not_logged(self):
        key = self.server.key
        for path, headers in ((f"{MAIN}?api_key={key}", {}), (f"{MAIN}?access_token={key}", {}),
                              (MAIN, {"Cookie": f"api_key={key}"}), (MAIN, {"X-Api-Key": key})):
            self.problem(self.call("GET", path, key=None, headers=headers), 401)
        self.assertNotIn(key.encode(), self.server.said())
        self.assertNotIn(SECRET.encode(), self.server.said())

    def test_another_organization_is_as_unknown_as_none(self):
        self.call("POST", ORGANIZATIONS, {"id": "org_foreign", "name": "F"})
        key = self.call("POST", "/api/v1/api-keys",
                        {"role": "billing_admin", "organization_id": "org_main"})[1]["key"]
        rows = json.loads(self.server.command("schema", "--routes", "--json").stdout)
        checked = 0
        for method, path, *_ in rows:
            if "{org}" not in path:
                continue
            body = {} if method in ("POST", "PATCH") else None
            answers = [self.call(method, path.replace("{org}", organization), body, key=key)
                       for organization in ("org_foreign", "org_never")]
            bodies = []
            for answer in answers:
                self.problem(answer, 404, "not_found", (method, path))
                bodies.append({k: v for k, v in answer[1].items() if k != "instance"})
            self.assertEqual(bodies[0], bodies[1], path)
            checked += 1
        self.assertGreater(checked, 10)

    def test_a_role_reaches_no_further_than_it_does(self):
        length = self.length()
        made = {}
        for role in ("billing_viewer", "customer", "billing_admin"):
            got = self.call("POST", "/api/v1/api-keys",
                            {"role": role, "organization_id": "org_main"})
            made[role] = got[1]["key"]
        rows = json.loads(self.server.command("schema", "--routes", "--json").stdout)
        writes = [(method, path.replace("{org}", "org_main").replace("{id}", "x"))
                  for method, path, operation, _ in rows
                  if method in ("POST", "PATCH", "DELETE", "PUT")
                  and operation not in ("receiveStripeWebhook", "setTestClock")]
        self.assertGreater(len(writes), 5)
        # Its own subscription is the customer's to have, and its credits are its to use;
        # a viewer may ask what it would cost, and what may be used.
        own = "/api/v1/organizations/org_main/"
        asks = {"access/check", "subscription/preview", "subscriptions/x/preview"}
        may = {"customer": {own + part for part in asks | {
            "subscription", "subscription/reactivate", "subscriptions", "subscriptions/x",
            "subscriptions/x/reactivate", "payment-methods", "payment-methods/x",
            "credits/consume", "credits/holds", "credits/holds/x/confirm",
            "credits/holds/x/release"}}
               | {"/api/billing/credits/consume", "/api/v1/billing/subscription"},
               "billing_viewer": {own + part for part in asks}}
        length += 3
        for method, path in writes:
            body = None if method == "DELETE" else {}
            for role in ("billing_viewer", "customer"):
                got = self.call(method, path, body, key=made[role])[0]
                self.assertEqual(got == 403, path not in may[role], (role, method, path, got))
            self.unharmed(length, path)
        for role, key in made.items():
            for path in ("/api/v1/webhooks/inbox", "/api/v1/webhooks/dead-letters",
                         "/api/v1/alerts"):
                self.assertEqual(self.call("GET", path, key=key)[0], 403, (role, path))
            self.assertEqual(self.call("GET", MAIN, key=key)[0], 200, role)
        for scopes, status in ((["read", "write"], 200), (["read", "admin"], 403)):
            key = self.call("POST", "/api/v1/api-keys",
                            {"role": "billing_admin", "organization_id": "org_main",
                             "scopes": scopes})[1]["key"]
            self.assertEqual(self.call("PATCH", MAIN, {"name": "Main"}, key=key)[0], status)

    def test_lists_of_keys_show_no_secret(self):
        made = self.call("POST", "/api/v1/api-keys", {"role": "platform_admin"})[1]
        text = json.dumps(self.call("GET", "/api/v1/api-keys")[1])
        for secret in (made["key"], hashlib.sha256(made["key"].encode()).hexdigest(),
                       self.server.key):
            self.assertNotIn(secret, text)
        self.assertIn(made["id"], text)
        self.assertNotIn(made["key"].encode(), self.server.said())

    def test_a_key_that_was_revoked_or_has_expired_is_unknown(self):
        made = self.call("POST", "/api/v1/api-keys", {"role": "platform_admin"})[1]
        self.assertEqual(self.call("GET", MAIN, key=made["key"])[0], 200)
        self.call("DELETE", "/api/v1/api-keys/" + made["id"])
        self.problem(self.call("GET", MAIN, key=made["key"]), 401, "unauthenticated")


class WebhookTest(RefusalCase):
    def deliver(self, header, body):
        headers = {"Content-Type": "application/json", "Stripe-Signature": header}
        return self.call("POST", "/webhooks/stripe", body, key=None, headers=headers)

    def test_signatures_that_do_not_prove_it(self):
        body = json.dumps(event("evt_forged", "customer.created",
                                customer("cus_f", "org_main"))).encode()
        good = signature_of(body)
        at, value = good.split(",v1=")
        stamp = int(at[2:])
        v0 = hmac.new(SECRET.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
        headers = ("", "t=", "v1=", "x", good[:-1], good + "0", good.replace("v1", "v0"),
                   f"{at},v0={v0}", value, f"v1={value}", at, f"{at},v1=", f"t=-{stamp},v1={value}",
                   f"t=+{stamp},v1={value}", f"t= {stamp},v1={value}", f"{at}.0,v1={value}",
                   f"{at},{at},v1={value}", f"{at},t={stamp + 1},v1={value}",
                   f"{at},v1={value[::-1]}", f"{at},v1={value[:32]}", f"{at},v1={'0' * 64}",
                   signature_of(body, "whsec_" + "0" * 40), signature_of(body + b" "),
                   signature_of(body, at=stamp - 301), signature_of(body, at=stamp + 305),
                   signature_of(body, at=0), f"t={10 ** 30},v1={value}", "t=1," * 2000)
        length = self.length()
        for header in headers:
            answer = self.deliver(header, body)
            self.assertIn(answer[0], (400, 401), header[:100])
            self.problem(answer, answer[0], note=header[:100])
            self.unharmed(length, header[:100])
        self.problem(self.deliver(None, body), 400, "missing_signature")
        rows = self.call("GET", "/api/v1/webhooks/inbox?limit=1000")[1]["data"]
        self.assertNotIn("evt_forged", [row["event_id"] for row in rows])
        # The same body with a good one among bad ones, as while a secret is replaced.
        self.assertEqual(self.deliver(f"{at},v1={'0' * 64},v1={value},v0=x", body)[0], 200)
        self.unharmed(length + 1)

    def test_the_signature_covers_every_byte(self):
        body = json.dumps(event("evt_bits", "customer.created",
                                customer("cus_b", "org_main"))).encode()
        header = signature_of(body)
        length = self.length()
        for at in range(0, len(body), 5):
            changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
            self.problem(self.deliver(header, changed), 401, "invalid_signature")
        self.unharmed(length)

    def test_signed_but_not_what_it_says(self):
        length = self.length()
        for body in (b"", b"{", b"null", b"[]", b"\"x\"", b"{} {}", b"{\"id\":1}", b"\xff", b"{}",
                     b"{\"id\":\"evt_x\"}", b"[" * 1000):
            answer = self.deliver(signature_of(body), body)
            self.assertIn(answer[0], (400, 200), body)
            if answer[0] == 400:
                self.unharmed(length, body)
            length = self.length()

    def test_events_that_are_not_for_us_change_nobody(self):
        before = self.call("GET", MAIN + "/state")[1]
        thing = customer("cus_main", "org_main")
        for name, more in (("mode", {"livemode": False}), ("account", {"account": "acct_other"}),
                           ("type", {"type": "something.unheard_of"})):
            got = self.server.webhook(event("evt_not_" + name, "customer.created", thing) | more)
            self.assertEqual((got[0], got[1]), (200, {"received": True}), name)
        after = self.call("GET", MAIN + "/state")[1]
        self.assertEqual(after["state_hash"], before["state_hash"])
        rows = self.call("GET", "/api/v1/webhooks/inbox?status=ignored&limit=1000")[1]["data"]
        names = [row["event_id"] for row in rows]
        for name in ("mode", "account", "type"):
            self.assertIn("evt_not_" + name, names)

    def test_one_event_a_thousand_times_at_once(self):
        thing = event("evt_storm", "customer.created", customer("cus_storm", "org_main"))
        body = json.dumps(thing).encode()
        length = self.length()
        before = self.call("GET", MAIN)[1]["sequence"]

        def client(_):
            connection = self.server.connection()
            answers = [connection.webhook(None, body=body)[:2] for _ in range(20)]
            connection.close()
            return answers
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = [answer for some in pool.map(client, range(50)) for answer in some]
        self.assertEqual(len(answers), 1000)
        self.assertEqual({status for status, _ in answers}, {200})
        self.assertEqual([body for _, body in answers].count({"received": True}), 1)
        self.assertEqual(self.call("GET", MAIN)[1]["sequence"], before + 1)
        self.unharmed(length + 1)


class IdempotencyTest(RefusalCase):
    def test_one_key_at_once_and_later(self):
        body = json.dumps({"name": "Once"}).encode()
        headers = {"Idempotency-Key": "once", "Content-Type": "application/json"}
        length = self.length()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(
                lambda _: self.call("PATCH", MAIN, body, headers=headers), range(64)))
        self.assertEqual({answer[0] for answer in answers}, {200})
        self.assertEqual(len({json.dumps(answer[1]) for answer in answers}), 1)
        replayed = [answer[2].get("Idempotent-Replayed") for answer in answers]
        self.assertEqual((replayed.count(None), replayed.count("true")), (1, 63))
        self.unharmed(length + 1)
        for path, other in ((MAIN, {"name": "Twice"}), (MAIN + "?", {"name": "Once"})):
            self.problem(self.call("PATCH", path, other, headers=headers), 422,
                         "idempotency_key_reused", path)
        self.unharmed(length + 1)

    def test_keys_that_are_none(self):
        length = self.length()
        for key in ("", " ", "a b", "x" * 256, "\u00e9".encode("latin-1"), "a\tb"):
            answer = self.call("PATCH", MAIN, {"name": "x"}, headers={"Idempotency-Key": key})
            self.problem(answer, 400, note=key)
            self.unharmed(length, key)
        good = "x" * 251 + os.urandom(2).hex()
        self.assertEqual(self.call("PATCH", MAIN, {"name": "x"},
                                   headers={"Idempotency-Key": good})[0], 200)

    def test_what_was_refused_leaves_its_key_free(self):
        headers = {"Idempotency-Key": "free"}
        bad = self.call("PATCH", MAIN, {"nmae": "x"}, headers=headers)
        self.problem(bad, 400, "unknown_field")
        self.problem(self.call("PATCH", MAIN, {"name": "x"}, key=None, headers=headers), 401)
        self.problem(self.call("PATCH", MAIN, b"{}", headers=headers
                               | {"Content-Type": "text/plain"}), 415)
        good = self.call("PATCH", MAIN, {"name": "Free"}, headers=headers)
        self.assertEqual((good[0], good[2].get("Idempotent-Replayed")), (200, None))


class ContentTest(RefusalCase):
    def send(self, text, kind="application/json", method="POST", path=ORGANIZATIONS):
        return self.call(method, path, text, headers={"Content-Type": kind})

    def test_texts_that_are_not_json(self):
        length = self.length()
        texts = (b"", b" ", b"{", b"}", b"{\"name\":}", b"{\"name\":\"a\",}", b"{'name':'a'}",
                 b"{name:\"a\"}", b"{\"name\":\"a\"} x", b"{\"name\":\"a\"}{}", b"// c\n{}",
                 b"{\"name\":/**/\"a\"}", b"{\"name\":NaN}", b"{\"name\":Infinity}",
                 b"{\"name\":01}", b"{\"name\":+1}", b"{\"name\":.5}", b"{\"name\":1.}",
                 b"{\"name\":0x1}", b"{\"name\":\"a\tb\"}", b"{\"name\":\"\\x41\"}",
                 b"{\"name\":\"\\ud800\"}", b"{\"name\":\"\\udc00\\ud800\"}",
                 b"{\"name\":\"\xff\"}", b"{\"name\":\"\xc0\xaf\"}",
                 b"{\"name\":\"\xed\xa0\x80\"}", b"{\"name\":\"\xf4\x90\x80\x80\"}",
                 b"\xef\xbb\xbf{\"name\":\"a\"}", b"{\"name\":\"a\",\"name\":\"b\"}",
                 b"{\"name\":\"a\",\"n\\u0061me\":\"b\"}", b"{\"name\":\"a\\u0000b\"}",
                 "{\"name\":\"a\"}".encode("utf-16"), b"{\"name\":tru}", b"\"", b"\x00",
                 b"{\"a\":" * 100_000, b"[" * 500_000)
        for text in texts:
            answer = self.send(text)
            self.problem(answer, 400, note=text[:50])
            self.unharmed(length, text[:50])

    def test_json_that_is_no_request(self):
        length = self.length()
        for text in (b"[]", b"\"x\"", b"1", b"null", b"true", b"{}", b"{\"name\":null}",
                     b"{\"name\":[]}", b"{\"name\":{}}", b"{\"name\":1}", b"{\"name\":true}",
                     b"{\"name\":\"\"}", b"{\"Name\":\"a\"}", b"{\"name\":\"a\",\"x\":1}",
                     b"{\"name\":\"a\",\"__proto__\":{}}", b"{\"name\":\"" + b"a" * 513 + b"\"}",
                     b"{\"name\":\"a\",\"metadata\":[]}",
                     b"{\"name\":\"a\",\"metadata\":{\"a\":1}}",
                     b"{\"name\":\"a\",\"id\":\"org_\"}", b"{\"name\":\"a\",\"id\":\"org_a/b\"}",
                     b"{\"name\":\"a\",\"id\":\"org_" + b"a" * 65 + b"\"}",
                     b"{\"name\":\"a\",\"id\":\"$catalog\"}",
                     b"{\"name\":\"a\",\"stripe_customer_ids\":[\"cus_a b\"]}"):
            answer = self.send(text)
            self.problem(answer, 400, note=text[:50])
            self.unharmed(length, text[:50])

    def test_what_is_at_the_edge_is_taken(self):
        length = self.length()
        for n, text in enumerate((
                {"name": "a" * 512}, {"name": "\u00e9\u4e2d\U0001f600"},
                {"name": "a", "id": "org_" + "a" * 64}, {"name": "a", "id": "org_-"},
                {"name": "a", "metadata": {f"k{i}": "v" for i in range(50)}})):
            answer = self.send(json.dumps(text, ensure_ascii=False).encode())
            self.assertEqual(answer[0], 201, (text, answer[1]))
            self.assertEqual(answer[1]["name"], text["name"])
            self.unharmed(length + n + 1)

    def test_media_types(self):
        length = self.length()
        good = b"{\"name\":\"Typed\"}"
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                     "application/json; charset=utf-16", "application/json; charset=latin-1",
                     "application/jsonx", "text/json", "application/xml", "json", "*/*", "",
                     "application/json, text/plain", "application/vnd.api+json"):
            self.problem(self.send(good, kind), 415, "unsupported_media_type", kind)
            self.unharmed(length, kind)
        with self.wire() as wire:
            got = wire.send(request("POST", ORGANIZATIONS, "Idempotency-Key: untyped", body=good,
                                    key=self.server.key)).answer()
            self.assertEqual(got[0], 415)
        self.unharmed(length)
        for kind in ("application/json", "Application/JSON", "application/json; charset=utf-8",
                     "application/json;charset=UTF-8", "application/json; charset=\"utf-8\""):
            self.assertEqual(self.send(good, kind)[0], 201, kind)

    def test_queries(self):
        for query in ("?limit=0", "?limit=1001", "?limit=-1", "?limit=1.5", "?limit=", "?limit=+5",
                      "?limit=99999999999999999999", "?x=1", "?limit=1&limit=1", "?cursor=zz",
                      "?cursor=00", "?cursor=" + "f" * 200, "?status=active&status=active"):
            self.problem(self.call("GET", ORGANIZATIONS + query), 400, note=query)
        for query in ("?limit=1", "?limit=1000", "?q=%C3%A9", "?status=active", "?"):
            self.assertEqual(self.call("GET", ORGANIZATIONS + query)[0], 200, query)

    def test_queries_where_none_is_known(self):
        self.call("POST", "/api/v1/plans", {"id": "asked", "name": "Asked"})
        self.call("POST", "/api/v1/credit-products", {"id": "asked", "name": "Asked", "credits": 1,
                                                      "prices": []})
        length = self.length()
        for method, path, body in (
                ("POST", ORGANIZATIONS, {"name": "x"}), ("PATCH", MAIN, {"name": "x"}),
                ("POST", "/api/v1/api-keys", {"role": "platform_admin"}),
                ("DELETE", "/api/v1/api-keys/key_none", None),
                ("POST", "/api/v1/plans", {"id": "p", "name": "P"}),
                ("PATCH", "/api/v1/plans/asked", {"name": "x"}),
                ("GET", "/api/v1/plans/asked", None),
                ("GET", "/api/v1/credit-products/asked", None)):
            self.problem(self.call(method, path + "?dry_run=1", body), 400, "invalid_parameter",
                         (method, path))
            self.unharmed(length, path)

    def test_an_id_is_never_changed_not_even_to_itself(self):
        self.call("POST", "/api/v1/plans", {"id": "named", "name": "Named"})
        length = self.length()
        for path in (MAIN, "/api/v1/plans/named"):
            answer = self.call("PATCH", path, {"id": path.rsplit("/", 1)[1], "name": "Other"})
            self.problem(answer, 400, "invalid_parameter", path)
            self.assertEqual(answer[1]["errors"][0]["pointer"], "/id")
        self.unharmed(length)

    def test_numbers_beyond_64_bits(self):
        length = self.length()
        for amount in (2 ** 63, -2 ** 63 - 1, 10 ** 40, 1.5, "1", None, True, -1):
            plan = {"id": "big", "name": "Big", "provider": "stripe", "prices": [
                {"currency": "usd", "amount": amount, "interval": "month", "interval_count": 1}]}
            self.problem(self.call("POST", "/api/v1/plans", plan), 400, note=amount)
            self.unharmed(length, amount)


class LeapTest(RefusalCase):
    """A month in one step: what falls due on the way fires at its own time."""

    settings = settings() + ["--test-clock"]

    def test_a_webhook_nobody_claims_is_tried_until_it_is_dead(self):
        now, month = 1_800_000_000, 30 * 86400
        self.assertEqual(self.call("PUT", "/test/clock", {"now": now})[0], 200)
        waiting = event("evt_leap", "customer.updated", customer("cus_nobody"))
        self.assertEqual(self.server.webhook(waiting, at=now)[0], 200)
        self.assertEqual(self.call("PUT", "/test/clock", {"now": now + month})[0], 200)
        rows = self.call("GET", "/api/v1/webhooks/inbox?status=dead")[1]["data"]
        self.assertEqual([(row["event_id"], row["attempts"]) for row in rows], [("evt_leap", 8)])
        self.assertEqual(self.call("PUT", "/test/clock", {"now": now})[0], 409)


class TimeTest(RefusalCase):
    """Signatures are judged by the server's clock, at the edge of the tolerance."""

    settings = settings(stripe__tolerance_seconds=300) + ["--test-clock"]

    def test_the_tolerance_is_five_minutes_and_not_a_second_more(self):
        now = int(time.time()) + 1000
        self.problem(self.call("PUT", "/test/clock", {"now": now, "zone": "UTC"}), 400,
                     "unknown_field")
        self.problem(self.call("PUT", "/test/clock?dry_run=1", {"now": now}), 400)
        self.assertEqual(self.call("PUT", "/test/clock", {"now": now})[0], 200)
        for n, (offset, status) in enumerate(((0, 200), (-300, 200), (300, 200), (-301, 401),
                                              (301, 401), (-10 ** 9, 401))):
            got = self.server.webhook(event(f"evt_time_{n}", "customer.updated",
                                            customer("cus_t", "org_main")), at=now + offset)
            self.assertEqual(got[0], status, (offset, got[1]))


if __name__ == "__main__":
    main("__main__")
