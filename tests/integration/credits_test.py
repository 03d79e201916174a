"""Credits over HTTP: granted, consumed, held, expired, given back. `credits_test.py BINARY`."""

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


class CreditsTest(BilledCase):
    plans = PLANS

    def credits(self, of):
        return self.does(200, "GET", of + "/credits")

    def grant(self, of, amount, **more):
        return self.does(201, "POST", of + "/credits/grant", {"amount": amount} | more)["grant_id"]

    def consume(self, of, amount):
        return self.does(200, "POST", of + "/credits/consume", {"amount": amount})

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

    def transactions(self, of, limit=1000):
        out, cursor = [], ""
        while cursor is not None:
            page = self.does(200, "GET",
                             f"{of}/credits/transactions?limit={limit}"
                             f"{cursor and '&cursor='}{cursor}")
            out += page["data"]
            cursor = page["next_cursor"]
        return out

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
                while True:
                    try:
                        got = self.server.call("POST", of + "/credits/consume", {"amount": 1},
                                               headers=key(name))
                    except (OSError, HTTPException):
                        continue
                    if got[0] in (200, 402):
                        break
                if got[0] == 200:
                    with lock:
                        consumed[name] = got[1]["transaction_id"]

        threads = [threading.Thread(target=drain, args=(i,)) for i in range(clients)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            threading.Event().wait(0.3)
            self.server.kill()
            self.server.start()
        for thread in threads:
            thread.join()
        self.call = self.server.call
        self.assertEqual(len(consumed), granted)
        self.assertEqual(self.credits(of)["balance"], 0)
        told = [x["transaction_id"] for x in self.transactions(of)
                if x["type"] == "credits_consumed"]
        self.assertEqual(sorted(told), sorted(consumed.values()))


if __name__ == "__main__":
    main("__main__")
