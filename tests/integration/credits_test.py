"""Credits over HTTP: granted, consumed, held, expired, given back. `credits_test.py BINARY`."""

import random
import threading
from http.client import HTTPException

from billed import BilledCase, main
from support.server import customer, event

PLANS = ({"id": "plus", "name": "Plus", "credits_per_period": 100,
          "prices": [{"currency": "usd", "amount": 1000}]},
         {"id": "pro", "name": "Pro", "credits_per_period": 250,
          "prices": [{"currency": "usd", "amount": 5000}]})


def key(name):
    return {"Idempotency-Key": name}


class CreditsCase(BilledCase):
    def credits(self, of):
        return self.does(200, "GET", of + "/credits")

    def balance(self, of):
        return self.credits(of)["balance"]

    def grant(self, of, amount, **more):
        return self.does(201, "POST", of + "/credits/grant", {"amount": amount} | more)["grant_id"]

    def consume(self, of, amount):
        return self.does(200, "POST", of + "/credits/consume", {"amount": amount})

    def transactions(self, of, limit=1000):
        out, cursor = [], ""
        while cursor is not None:
            page = self.does(200, "GET",
                             f"{of}/credits/transactions?limit={limit}"
                             f"{cursor and '&cursor='}{cursor}")
            out += page["data"]
            cursor = page["next_cursor"]
        return out

    def told(self, of, kind):
        """What the events of a kind say."""
        return [x["data"] for x in
                self.does(200, "GET", f"{of}/events?type={kind}&limit=1000")["data"]]

    def until_it_is_known(self, *request, **more):
        """The answer, whoever kills the server meanwhile."""
        while True:
            try:
                got = self.server.call(*request, **more)
            except (OSError, HTTPException):
                continue
            if got[0] < 500:
                return got

    def kill_meanwhile(self, threads, times=3):
        for thread in threads:
            thread.start()
        for _ in range(times):
            threading.Event().wait(0.3)
            self.server.kill()
            self.server.start()
        for thread in threads:
            thread.join()
        self.call = self.server.call


class CreditsTest(CreditsCase):
    plans = PLANS

    def test_what_is_consumed_is_gone_at_once_and_for_good(self):
        of = self.organization("org_a")
        grant = self.grant(of, 100, kind="purchased")
        self.assertEqual(self.does(200, "GET", of + "/access")["reason"], "prepaid_credits")
        used = self.consume(of, 30)
        self.assertEqual((used["consumed"], used["balance"], used["from"]),
                         (30, 70, [{"grant_id": grant, "amount": 30}]))
        self.assertEqual(self.credits(of)["balance"], 70)
        self.crash()
        self.assertEqual(self.credits(of)["balance"], 70)
        refused = self.refused("insufficient_credits", "POST", of + "/credits/consume",
                               {"amount": 71})
        self.assertEqual((refused["status"], refused["balance"], refused["required"]),
                         (402, 70, 71))
        self.consume(of, 70)
        self.assertEqual(self.does(200, "GET", of + "/access")["write"], False)

    def test_a_key_consumes_once_and_is_refused_the_same_way_twice(self):
        of = self.organization("org_a")
        self.grant(of, 10)
        path, body = of + "/credits/consume", {"amount": 6}
        first = self.does(200, "POST", path, body, headers=key("k1"))
        refused = self.call("POST", path, body, headers=key("k2"))
        self.assertEqual(refused[0], 402)
        self.crash()
        self.grant(of, 100)
        self.assertEqual(self.does(200, "POST", path, body, headers=key("k1")), first)
        again = self.call("POST", path, body, headers=key("k2"))
        members = ("status", "code", "detail", "balance", "required")
        self.assertEqual([again[1][x] for x in members], [refused[1][x] for x in members])
        self.assertEqual(self.credits(of)["balance"], 104)

    def test_a_credit_event_has_the_price_that_the_catalog_says(self):
        of = self.organization("org_a")
        self.grant(of, 1000)
        path = of + "/credits/consume"
        self.assertEqual(self.does(200, "POST", path, {"event_name": "ai_inference",
                                                       "quantity": 3})["consumed"], 75)
        self.assertEqual(self.does(200, "POST", path,
                                   {"event_name": "api_call_basic"})["consumed"], 1)
        events = "/api/v1/credit-events"
        self.does(201, "POST", events, {"id": "render", "cost": 7, "category": "video"})
        self.assertEqual(self.does(200, "POST", path, {"event_name": "render"})["consumed"], 7)
        self.does(200, "PATCH", events + "/render", {"cost": 9})
        self.assertEqual(self.does(200, "POST", path, {"event_name": "render"})["consumed"], 9)
        self.does(200, "PATCH", events + "/render", {"active": False})
        self.refused("unprocessable", "POST", path, {"event_name": "render"})
        self.refused("unprocessable", "POST", path, {"event_name": "nobody"})
        for quantity in (0, -1, 10**12, 2**63 - 1):
            self.refused("unprocessable", "POST", path,
                         {"event_name": "ai_inference", "quantity": quantity})
        for amount in (0, -1, 10**12 + 1, 2**63 - 1):
            self.refused("unprocessable", "POST", path, {"amount": amount})
        for body in ({}, {"amount": 1, "event_name": "render"}, {"amount": 1, "quantity": 1},
                     {"amount": "1"}, {"amount": 1.5}, {"event_name": ""}):
            self.refused("invalid_parameter", "POST", path, body)
        self.refused("invalid_json", "POST", path, {"amount": 2**64})
        self.refused("not_found", "POST", "/api/v1/organizations/org_x/credits/consume",
                     {"amount": 1})
        for cost in (0, -1, 10**9 + 1):
            self.refused("invalid_parameter", "POST", events, {"id": "odd", "cost": cost})
        self.assertEqual(self.credits(of)["balance"], 1000 - 75 - 1 - 7 - 9)

    def test_a_hold_keeps_credits_from_everybody_else(self):
        of = self.organization("org_a")
        self.grant(of, 100)
        holds = of + "/credits/holds"
        held = self.does(201, "POST", holds, {"amount": 80, "expires_in": "1h"})
        self.assertEqual((held["held"], held["available"], held["expires_at"]),
                         (80, 20, "2026-01-01T01:00:00.000000Z"))
        self.refused("insufficient_credits", "POST", of + "/credits/consume", {"amount": 21})
        self.crash()
        told = self.credits(of)
        self.assertEqual((told["balance"], told["held"], told["buckets"][0]["held"]), (20, 80, 80))
        one = holds + "/" + held["hold_id"]
        self.refused("conflict", "POST", one + "/confirm", {"amount": 81})
        used = self.does(200, "POST", one + "/confirm", {"amount": 50})
        self.assertEqual((used["consumed"], used["balance"]), (50, 50))
        self.refused("not_found", "POST", one + "/release")
        other = self.does(201, "POST", holds, {"event_name": "ai_inference"})["hold_id"]
        self.assertEqual(self.does(200, "POST", f"{holds}/{other}/release")["balance"], 50)
        last = self.does(201, "POST", holds, {"amount": 50})["hold_id"]
        self.reach("2026-01-01T00:14:59Z")
        self.assertEqual(self.credits(of)["balance"], 0)
        self.reach("2026-01-01T00:15:00Z")
        self.assertEqual((self.credits(of)["balance"], self.credits(of)["held"]), (50, 0))
        self.refused("not_found", "POST", f"{holds}/{last}/confirm")
        for body in ({"amount": 1, "expires_in": "31d"}, {"amount": 1, "expires_in": "0s"},
                     {"amount": 1, "expires_in": "soon"}, {}):
            self.refused("invalid_parameter", "POST", holds, body)

    def test_a_plan_brings_credits_for_each_period_and_they_end_with_it(self):
        of = self.organization("org_a", "plus")
        pack = self.grant(of, 30, kind="purchased")
        self.assertEqual(self.credits(of)["balance"], 130)
        bucket = self.credits(of)["buckets"][1]
        self.assertEqual((bucket["kind"], bucket["expires_at"]),
                         ("subscription", "2026-02-01T00:00:00.000000Z"))
        used = self.consume(of, 40)
        self.assertEqual(used["from"][0], {"grant_id": pack, "amount": 30})
        self.reach("2026-01-31T23:59:59Z")
        self.assertEqual(self.credits(of)["balance"], 90)
        self.crash()
        self.reach("2026-02-01T00:00:00Z")
        self.assertEqual(self.credits(of)["balance"], 100)
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "pro"})
        self.assertEqual(self.credits(of)["balance"], 250)
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "plus"})
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "pro"})
        self.assertEqual(self.credits(of)["balance"], 250)
        self.reach("2026-05-10T00:00:00Z")  # three renewals, told late
        self.assertEqual(self.credits(of)["balance"], 250)
        kinds = [x["type"] for x in self.transactions(of)]
        # The pack, Plus twice, more for Pro in February, and Pro three times;
        self.assertEqual(kinds.count("credits_granted"), 8)  # one for Pro again
        self.does(200, "DELETE", of + "/subscription?immediate=true")
        self.refused("subscription_cancelled", "POST", of + "/credits/consume", {"amount": 1})
        self.refused("subscription_cancelled", "POST", of + "/credits/holds", {"amount": 1})

    def drained(self, of, amount):
        """All of it can be used, and no more; and it is given back once."""
        self.assertEqual(self.credits(of)["balance"], amount)
        self.refused("insufficient_credits", "POST", of + "/credits/consume",
                     {"amount": amount + 1})
        used = self.consume(of, amount)["transaction_id"]
        path = f"{of}/credits/transactions/{used}/reverse"
        self.does(200, "POST", path)
        self.refused("conflict", "POST", path)
        self.assertEqual(self.credits(of)["balance"], amount)

    def test_a_period_that_moves_brings_its_credits_once(self):
        of = self.organization("org_a")
        self.does(201, "POST", of + "/subscription",
                  {"plan_id": "plus", "trial_days": 10, "payment_method_id": "pm_1"})
        self.does(200, "POST", of + "/subscription/trial", {"end": "2026-01-20T00:00:00Z"})
        self.drained(of, 100)
        self.reach("2026-01-15T00:00:00Z")  # past the first end
        self.drained(of, 100)
        self.does(200, "POST", of + "/subscription/trial", {"end": "2026-01-16T00:00:00Z"})
        self.drained(of, 100)
        self.consume(of, 30)
        self.does(200, "POST", of + "/subscription/trial", {})
        self.reach("2026-01-15T00:00:00Z")
        self.drained(of, 100)  # of the first period that is paid
        self.reach("2026-03-01T00:00:00Z")
        self.drained(of, 100)

    def test_what_a_plan_brought_goes_with_it(self):
        self.does(200, "PATCH", "/api/v1/plans/plus", {"prices": [
            {"currency": "usd", "amount": 1000},
            {"currency": "usd", "amount": 300, "interval": "week"}]})
        of = self.organization("org_a")
        self.does(201, "POST", of + "/subscription", {"plan_id": "plus", "interval": "month"})
        for interval in ("week", "month", "week", "month"):
            self.does(200, "PATCH", of + "/subscription",
                      {"plan_id": "plus", "interval": interval})
            self.drained(of, 100)
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "pro"})
        self.consume(of, 130)
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "plus", "interval": "month"})
        self.assertEqual(self.credits(of)["balance"], 0)
        self.does(200, "PATCH", of + "/subscription", {"plan_id": "pro"})
        self.assertEqual(self.credits(of)["balance"], 120)
        self.does(200, "DELETE", of + "/subscription?immediate=true")
        self.does(201, "POST", of + "/subscription", {"plan_id": "plus", "interval": "month"})
        self.drained(of, 100)

    def test_who_waits_for_a_first_payment_may_use_what_it_bought(self):
        of = self.organization("org_a")
        self.does(201, "POST", of + "/subscription", {"plan_id": "plus", "pay_first": True})
        self.refused("insufficient_credits", "POST", of + "/credits/consume", {"amount": 1})
        self.grant(of, 5, kind="purchased")
        self.drained(of, 5)
        self.assertTrue(self.does(200, "GET", of + "/access")["write"])

    def test_a_plan_that_stripe_bills_brings_credits_too(self):
        self.does(201, "POST", "/api/v1/plans",
                  {"id": "scale", "name": "Scale", "credits_per_period": 70,
                   "prices": [{"currency": "usd", "amount": 100, "stripe_price_id": "price_s"}]})
        of = self.organization("org_a", stripe_customer_ids=["cus_a"])
        at, month = 1767225600, 31 * 86_400  # 2026-01-01

        def subscription(start, more=0):
            return {"id": "sub_s", "object": "subscription", "customer": "cus_a",
                    "status": "active", "current_period_start": start,
                    "current_period_end": start + month + more,
                    "items": {"object": "list", "data": [
                        {"id": "si_1", "object": "subscription_item", "quantity": 1,
                         "price": {"id": "price_s", "object": "price"}}]}}

        def told(name, what, created):
            body = event(name, "customer.subscription.updated", what)
            self.assertEqual(self.server.webhook(body | {"created": created}, at=at)[0], 200)

        told("evt_1", subscription(at), at)
        self.assertEqual(self.credits(of)["balance"], 70)
        told("evt_2", subscription(at), at + 5)
        self.consume(of, 20)
        self.assertEqual(self.credits(of)["balance"], 50)
        self.reach("2026-02-01T00:00:00Z")
        self.assertEqual(self.credits(of)["balance"], 0)
        at += month
        told("evt_3", subscription(at), at)
        told("evt_4", subscription(at - month), at - 10)  # late, and over
        self.assertEqual(self.credits(of)["balance"], 70)
        told("evt_5", subscription(at, 86_400), at + 7)  # its end moves
        self.drained(of, 70)
        self.reach("2026-03-05T00:00:00Z")
        self.assertEqual(self.credits(of)["balance"], 0)

    def test_a_transaction_is_given_back_and_a_grant_taken_back(self):
        of = self.organization("org_a")
        gift = self.grant(of, 5, kind="promotional", reason="welcome",
                          expires_at="2026-02-01T00:00:00Z")
        pack = self.grant(of, 10, kind="purchased")
        used = self.consume(of, 8)
        path = f"{of}/credits/transactions/{used['transaction_id']}/reverse"
        back = self.does(200, "POST", path, {"amount": 4, "reason": "was slow"})
        self.assertEqual((back["given_back"], back["balance"], back["to"]),
                         (4, 11, [{"grant_id": pack, "amount": 3},
                                  {"grant_id": gift, "amount": 1}]))
        self.refused("conflict", "POST", path, {"amount": 5})
        self.reach("2026-02-02T00:00:00Z")
        back = self.does(200, "POST", path)
        self.assertEqual((back["given_back"], back["balance"]), (4, 10))  # the gift is over
        self.refused("conflict", "POST", path)
        for other in ("txn_1", "txn_99", "txn_", "txn_0", "txn_-1", "txn_007", "x"):
            self.refused("not_found", "POST", f"{of}/credits/transactions/{other}/reverse")
        taken = self.does(200, "POST", f"{of}/credits/grants/{pack}/reverse", {"amount": 4})
        self.assertEqual((taken["taken_back"], taken["balance"]), (4, 6))
        self.refused("conflict", "POST", f"{of}/credits/grants/{pack}/reverse", {"amount": 7})
        self.refused("not_found", "POST", f"{of}/credits/grants/none/reverse")
        rows = self.transactions(of)
        self.assertEqual([x["type"] for x in rows],
                         ["credits_granted", "credits_granted", "credits_consumed",
                          "credit_consumption_reversed", "credits_expired",
                          "credit_consumption_reversed", "credits_expired",
                          "credit_grant_reversed"])
        self.assertEqual(self.transactions(of, 3), rows)
        self.assertEqual(rows[2]["transaction_id"], used["transaction_id"])
        self.assertEqual((rows[0]["kind"], rows[0]["reason"]), ("promotional", "welcome"))
        self.assertEqual(rows[3]["reverses"], used["transaction_id"])

    def test_who_may_do_what(self):
        of = self.organization("org_a")
        self.grant(of, 10)
        theirs = self.does(201, "POST", "/api/v1/api-keys",
                           {"role": "customer", "organization_id": "org_a",
                            "scopes": ["read", "write"]})["key"]

        def as_customer(path, body):
            return self.server.call("POST", of + path, body, key=theirs)[0]

        self.assertEqual(as_customer("/credits/consume", {"amount": 1}), 200)
        self.assertEqual(as_customer("/credits/holds", {"amount": 1}), 201)
        self.assertEqual(as_customer("/credits/grant", {"amount": 1}), 403)
        self.assertEqual(as_customer("/credits/transactions/txn_3/reverse", {}), 403)
        self.assertEqual(as_customer("/credits/grants/x/reverse", {}), 403)

    def test_many_that_drain_one_account_never_take_more_than_there_is(self):
        granted, clients, each = 500, 64, 12
        of = self.organization("org_a")
        self.grant(of, granted)
        consumed, lock = {}, threading.Lock()

        def drain(client):
            for i in range(each):
                name = f"c{client}-{i}"
                got = self.until_it_is_known("POST", of + "/credits/consume", {"amount": 1},
                                             headers=key(name))
                if got[0] == 200:
                    with lock:
                        consumed[name] = got[1]["transaction_id"]

        self.kill_meanwhile([threading.Thread(target=drain, args=(i,)) for i in range(clients)])
        self.assertEqual(len(consumed), granted)
        self.assertEqual(self.credits(of)["balance"], 0)
        told = [x["transaction_id"] for x in self.transactions(of)
                if x["type"] == "credits_consumed"]
        self.assertEqual(sorted(told), sorted(consumed.values()))



class HoldsTest(CreditsCase):
    def test_open_holds_are_listed(self):
        of = self.organization("org_a")
        self.grant(of, 100)
        path = of + "/credits/holds"
        self.assertEqual(self.does(200, "GET", path), {"data": [], "next_cursor": None})
        first = self.does(201, "POST", path, {"event_name": "ai_inference", "quantity": 2,
                                              "expires_in": "1h"})["hold_id"]
        second = self.does(201, "POST", path, {"amount": 7, "expires_in": "2h"})["hold_id"]
        rows = {x["id"]: x for x in self.does(200, "GET", path)["data"]}
        self.assertEqual(rows, {
            first: {"id": first, "amount": 50, "event_name": "ai_inference", "quantity": 2,
                    "expires_at": "2026-01-01T01:00:00.000000Z"},
            second: {"id": second, "amount": 7, "event_name": None, "quantity": None,
                     "expires_at": "2026-01-01T02:00:00.000000Z"}})
        page = self.does(200, "GET", path + "?limit=1")
        rest = self.does(200, "GET", f"{path}?limit=1&cursor={page['next_cursor']}")
        self.assertEqual({x["id"] for x in page["data"] + rest["data"]}, {first, second})
        self.reach("2026-01-01T01:00:00Z")
        self.assertEqual([x["id"] for x in self.does(200, "GET", path)["data"]], [second])
        self.does(200, "POST", f"{path}/{second}/release")
        self.assertEqual(self.does(200, "GET", path)["data"], [])


class TransfersTest(CreditsCase):
    def transfer(self, of, to, amount, **more):
        return self.does(201, "POST", of + "/credits/transfer",
                         {"to_organization_id": to, "amount": amount} | more)

    def test_what_leaves_one_organization_arrives_at_another(self):
        a, b = self.organization("org_a"), self.organization("org_b")
        gift = self.grant(a, 5, kind="promotional", expires_at="2026-02-01T00:00:00Z")
        pack = self.grant(a, 10, kind="purchased")
        left = self.transfer(a, "org_b", 8, reason="merged")
        self.assertEqual((left["transferred"], left["balance"], left["to_organization_id"]),
                         (8, 7, "org_b"))
        self.assertEqual(left["from"], [{"grant_id": gift, "amount": 5},
                                        {"grant_id": pack, "amount": 3}])
        self.reach(self.now)
        buckets = self.credits(b)["buckets"]
        self.assertEqual([(x["kind"], x["remaining"], x["expires_at"]) for x in buckets],
                         [("promotional", 5, "2026-02-01T00:00:00.000000Z"),
                          ("purchased", 3, None)])
        row = self.transactions(a)[-1]
        self.assertEqual((row["type"], row["amount"], row["to_organization_id"], row["reason"],
                          row["transfer_id"], row["transaction_id"]),
                         ("credits_transferred", 8, "org_b", "merged", left["transfer_id"],
                          left["transaction_id"]))
        rows = self.transactions(b)
        self.assertEqual([(x["type"], x["amount"], x["from_organization_id"]) for x in rows],
                         [("credits_granted", 5, "org_a"), ("credits_granted", 3, "org_a")])
        self.crash()
        self.reach("2026-02-01T00:00:00Z")
        self.assertEqual((self.balance(a), self.balance(b)), (7, 3))

    def test_a_transfer_that_cannot_be_is_refused(self):
        a, b = self.organization("org_a"), self.organization("org_b")
        self.grant(a, 10)
        path = a + "/credits/transfer"
        refused = self.refused("insufficient_credits", "POST", path,
                               {"to_organization_id": "org_b", "amount": 11})
        self.assertEqual((refused["balance"], refused["required"]), (10, 11))
        for to in ("org_a", "org_none"):
            refused = self.refused("unprocessable", "POST", path,
                                   {"to_organization_id": to, "amount": 1})
            self.assertEqual(refused["errors"][0]["pointer"], "/to_organization_id")
        for amount in (0, -1, 10**12 + 1):
            self.refused("unprocessable", "POST", path,
                         {"to_organization_id": "org_b", "amount": amount})
        for body in ({"amount": 1}, {"to_organization_id": "org_b"},
                     {"to_organization_id": "$catalog", "amount": 1},
                     {"to_organization_id": "org_b", "amount": 1, "reason": ""}):
            self.refused("invalid_parameter", "POST", path, body)
        self.refused("not_found", "POST", "/api/v1/organizations/org_x/credits/transfer",
                     {"to_organization_id": "org_b", "amount": 1})
        theirs = self.does(201, "POST", "/api/v1/api-keys",
                           {"role": "billing_admin", "organization_id": "org_a"})["key"]
        for route, body in ((path, {"to_organization_id": "org_b", "amount": 1}),
                            ("/api/v1/credits/grants",
                             {"grants": [{"organization_id": "org_a", "amount": 1}]})):
            self.assertEqual(self.server.call("POST", route, body, key=theirs)[0], 403)
        self.assertEqual((self.balance(a), self.balance(b)), (10, 0))

    def test_what_its_receiver_cannot_take_returns(self):
        a, b = self.organization("org_a"), self.organization("org_b")
        much = [{"organization_id": "org_b", "amount": 10**12}] * 1000
        self.assertEqual(len(self.does(200, "POST", "/api/v1/credits/grants",
                                       {"grants": much})["granted"]), 1000)
        grant = self.grant(a, 10)
        left = self.transfer(a, "org_b", 4)
        self.reach(self.now)
        self.assertEqual(self.credits(a)["buckets"][0]["remaining"], 10)
        row = self.transactions(a)[-1]
        self.assertEqual((row["type"], row["amount"], row["grants"], row["transfer_id"]),
                         ("credit_transfer_returned", 4, [{"grant_id": grant, "amount": 4}],
                          left["transfer_id"]))
        self.assertEqual(self.balance(b), 10**15)
        self.consume(b, 4)
        self.transfer(a, "org_b", 4)
        self.reach(self.now)
        self.assertEqual((self.balance(a), self.balance(b)), (6, 10**15))

    def test_no_credit_is_made_or_lost_whoever_is_killed(self):
        names = [f"org_{i}" for i in range(6)]
        paths = [self.organization(name) for name in names]
        for path in paths:
            self.grant(path, 50)
        moved, lock = {name: 0 for name in names}, threading.Lock()

        def move(client):
            chance = random.Random(client)
            for i in range(25):
                sender, receiver = chance.sample(range(6), 2)
                got = self.until_it_is_known(
                    "POST", paths[sender] + "/credits/transfer",
                    {"to_organization_id": names[receiver], "amount": chance.randint(1, 9)},
                    headers=key(f"m{client}-{i}"))
                self.assertIn(got[0], (201, 402))
                if got[0] == 201:
                    with lock:
                        moved[names[sender]] -= got[1]["transferred"]
                        moved[names[receiver]] += got[1]["transferred"]

        self.kill_meanwhile([threading.Thread(target=move, args=(i,)) for i in range(16)], 4)
        self.reach(self.now)
        self.assertEqual({name: self.balance(path) - 50 for name, path in zip(names, paths)},
                         moved)
        self.assertEqual(sum(self.balance(path) for path in paths), 300)
        for path in paths:
            self.assertEqual(sorted(x["transfer_id"] for x in
                                    self.told(path, "credits_transferred")),
                             sorted(x["transfer_id"] for x in
                                    self.told(path, "credit_transfer_completed")))


class BulkTest(CreditsCase):
    path = "/api/v1/credits/grants"

    def test_a_bad_item_is_refused_and_the_others_are_granted(self):
        a, b = self.organization("org_a"), self.organization("org_b")
        items = [{"organization_id": "org_a", "amount": 5, "kind": "promotional",
                  "expires_at": "2026-02-01T00:00:00Z", "priority": 3, "reason": "welcome"},
                 {"organization_id": "org_none", "amount": 5},
                 {"organization_id": "org_b"},
                 {"organization_id": "org_b", "amount": 0},
                 {"organization_id": "org_b", "amount": 5, "expires_at": "2025-01-01T00:00:00Z"},
                 {"organization_id": "$catalog", "amount": 5},
                 {"amount": 5},
                 {"organization_id": 5, "amount": 5},
                 {"organization_id": "org_b", "amount": 5, "kind": "subscription"},
                 {"organization_id": "org_b", "amount": 5, "nonsense": 1},
                 {"organization_id": "org_b", "amount": 7},
                 {"organization_id": "org_b", "amount": 7}]
        got = self.does(200, "POST", self.path, {"grants": items}, headers=key("all"))
        self.assertEqual([(x["index"], x["organization_id"]) for x in got["granted"]],
                         [(0, "org_a"), (10, "org_b"), (11, "org_b")])
        self.assertEqual(
            [(x["index"], x["code"], x["pointer"], x["organization_id"])
             for x in got["rejected"]],
            [(1, "not_found", "/grants/1", "org_none"),
             (2, "invalid_parameter", "/grants/2/amount", "org_b"),
             (3, "unprocessable", "/grants/3", "org_b"),
             (4, "unprocessable", "/grants/4", "org_b"),
             (5, "invalid_parameter", "/grants/5/organization_id", "$catalog"),
             (6, "invalid_parameter", "/grants/6/organization_id", None),
             (7, "invalid_parameter", "/grants/7/organization_id", None),
             (8, "invalid_parameter", "/grants/8/kind", "org_b"),
             (9, "unknown_field", "/grants/9/nonsense", "org_b")])
        self.assertEqual((self.balance(a), self.balance(b)), (5, 14))
        bucket = self.credits(a)["buckets"][0]
        self.assertEqual((bucket["kind"], bucket["priority"], bucket["expires_at"],
                          bucket["grant_id"]),
                         ("promotional", 3, "2026-02-01T00:00:00.000000Z",
                          got["granted"][0]["grant_id"]))
        self.crash()
        self.organization("org_none")  # too late for that request
        again = self.call("POST", self.path, {"grants": items}, headers=key("all"))
        self.assertEqual((again[0], again[1], again[2].get("Idempotent-Replayed")),
                         (200, got, "true"))
        for other in ({"grants": items[1:]}, {"grants": items[:1]}):
            self.assertEqual(self.call("POST", self.path, other, headers=key("all"))[1]["code"],
                             "idempotency_key_reused")
        self.assertEqual((self.balance(a), self.balance(b)), (5, 14))

    def test_what_is_no_list_of_grants_is_refused(self):
        self.organization("org_a")
        one = {"organization_id": "org_a", "amount": 1}
        self.refused("payload_too_large", "POST", self.path, {"grants": [one] * 1001})
        for body in ({}, {"grants": []}, {"grants": {}}, {"grants": [one, 7]}, {"grants": one}):
            self.refused("invalid_parameter", "POST", self.path, body)
        self.refused("unknown_field", "POST", self.path, {"grants": [one], "more": 1})

    def test_a_request_that_was_interrupted_grants_the_rest_when_it_is_repeated(self):
        names = [f"org_{i}" for i in range(20)]
        paths = [self.organization(name) for name in names]
        items = [{"organization_id": names[i % 20], "amount": 1 + i % 7} for i in range(1000)]
        items[500] = {"organization_id": "org_none", "amount": 1}
        answers = []

        def send(_):
            answers.append(self.until_it_is_known("POST", self.path, {"grants": items},
                                                  headers=key("bulk")))

        self.kill_meanwhile([threading.Thread(target=send, args=(i,)) for i in range(3)], 4)
        self.assertEqual([x[0] for x in answers], [200] * 3)
        self.assertEqual(answers[1][1], answers[0][1])
        self.assertEqual(answers[2][1], answers[0][1])
        self.assertEqual(len(answers[0][1]["granted"]), 999)
        self.assertEqual([x["index"] for x in answers[0][1]["rejected"]], [500])
        for n, path in enumerate(paths):
            self.assertEqual(self.balance(path),
                             sum(x["amount"] for x in items[n::20]
                                 if x["organization_id"] == names[n]))
            self.assertEqual(len(self.told(path, "credits_granted")),
                             49 if n == 500 % 20 else 50)


class RulesTest(CreditsCase):
    plans = PLANS

    def test_that_credits_expire_is_told_once_a_week_before(self):
        of = self.organization("org_a")
        grant = self.grant(of, 100, kind="promotional", expires_at="2026-03-01T00:00:00Z")
        self.grant(of, 100, expires_at="2026-01-05T00:00:00Z")  # it lives no week
        self.consume(of, 130)
        self.reach("2026-02-21T23:59:59Z")
        self.assertEqual(self.told(of, "credits_expiring"), [])
        self.crash()
        self.reach("2026-02-22T00:00:00Z")
        notice = [{"grant_id": grant, "amount": 70, "expires_at": "2026-03-01T00:00:00.000000Z"}]
        self.assertEqual(self.told(of, "credits_expiring"), notice)
        self.assertEqual(self.balance(of), 70)
        self.consume(of, 1)
        self.crash()
        self.reach("2026-04-01T00:00:00Z")
        self.assertEqual(self.told(of, "credits_expiring"), notice)
        self.assertEqual(self.balance(of), 0)
        self.assertNotIn("credits_expiring", [x["type"] for x in self.transactions(of)])

    def test_a_low_balance_is_told_once_until_it_is_back(self):
        of = self.organization("org_a")
        self.assertEqual(self.told(of, "credit_balance_low"), [])
        self.grant(of, 1500)
        self.consume(of, 500)
        self.assertEqual(self.told(of, "credit_balance_low"), [])
        self.consume(of, 1)
        alert = {"balance": 999, "threshold": 1000}
        self.assertEqual(self.told(of, "credit_balance_low"), [alert])
        self.crash()
        self.consume(of, 500)
        self.assertEqual(self.told(of, "credit_balance_low"), [alert])
        self.grant(of, 501)
        self.does(201, "POST", of + "/credits/holds", {"amount": 1000})
        self.assertEqual(self.told(of, "credit_balance_low"),
                         [alert, {"balance": 0, "threshold": 1000}])

    def test_an_organization_may_have_a_low_balance_of_its_own(self):
        of = self.organization("org_a", low_balance=50)
        self.assertEqual(self.does(200, "GET", of)["low_balance"], 50)
        self.grant(of, 100)
        self.consume(of, 50)
        self.assertEqual(self.told(of, "credit_balance_low"), [])
        self.consume(of, 1)
        alert = {"balance": 49, "threshold": 50}
        self.assertEqual(self.told(of, "credit_balance_low"), [alert])
        self.does(200, "PATCH", of, {"low_balance": 0})
        self.crash()
        self.grant(of, 2000)
        self.consume(of, 2000)
        self.assertEqual(self.told(of, "credit_balance_low"), [alert])
        self.refused("invalid_parameter", "PATCH", of, {"low_balance": -1})
        self.refused("invalid_parameter", "PATCH", of, {"low_balance": None})


class SettingsTest(CreditsCase):
    settings = BilledCase.settings + ("--set", "credits.revoke_on_refund=true",
                                      "--set", "credits.low_balance=0",
                                      "--set", "credits.expiry_notice_days=0")
    at = 1767225600  # 2026-01-01

    def webhook(self, name, kind, what):
        body = event(name, kind, what) | {"created": self.at}
        self.assertEqual(self.server.webhook(body, at=self.at)[0], 200)

    def buys(self, number):
        self.webhook(f"evt_s{number}", "checkout.session.completed", {
            "id": f"cs_{number}", "object": "checkout.session", "mode": "payment",
            "status": "complete", "payment_status": "paid", "amount_total": 1000,
            "currency": "usd", "customer": "cus_a", "payment_intent": f"pi_{number}",
            "metadata": {"pack": "pack"}})

    def refund(self, name, number, refunded):
        self.webhook(name, "charge.refunded", {
            "id": f"ch_{number}", "object": "charge", "status": "succeeded", "currency": "usd",
            "customer": "cus_a", "payment_intent": f"pi_{number}", "amount": 1000,
            "amount_captured": 1000, "amount_refunded": refunded, "refunded": refunded == 1000})

    def test_a_refund_takes_its_part_of_the_pack_back_once(self):
        self.does(201, "POST", "/api/v1/credit-products",
                  {"id": "pack", "name": "P", "credits": 500,
                   "prices": [{"currency": "usd", "amount": 1000}]})
        of = self.organization("org_a", stripe_customer_ids=["cus_a"])
        self.buys(1)
        self.assertEqual(self.balance(of), 500)
        self.consume(of, 100)
        self.refund("evt_r1", 1, 400)
        self.refund("evt_r1", 1, 400)
        self.refund("evt_r2", 1, 400)
        self.assertEqual(self.balance(of), 200)
        self.at += 1
        self.refund("evt_r3", 1, 1000)
        self.assertEqual(self.balance(of), 0)
        self.assertEqual([x["amount"] for x in self.told(of, "credit_grant_reversed")],
                         [200, 200])
        self.refund("evt_r4", 2, 1000)  # of a pack that is told of later
        self.buys(2)
        self.assertEqual(self.balance(of), 0)

    def test_what_is_turned_off_is_not_told(self):
        of = self.organization("org_a")
        self.grant(of, 2000, expires_at="2026-03-01T00:00:00Z")
        self.consume(of, 1500)
        self.reach("2026-04-01T00:00:00Z")
        for kind in ("credits_expiring", "credit_balance_low"):
            self.assertEqual(self.told(of, kind), [])


if __name__ == "__main__":
    main("__main__")
