"""What an organization may use, asked over HTTP. `entitlements_test.py BINARY`."""

from billed import BilledCase, main

PLANS = ({"id": "pro", "name": "Pro", "prices": [{"currency": "usd", "amount": 5000}],
          "features": {"messages": 100, "agents": -1, "sso": True, "api_calls": 50, "beta": False,
                       "seats": 5}},)


class EntitlementsTest(BilledCase):
    plans = PLANS

    def check(self, of, *asked):
        got = self.does(200, "POST", of + "/access/check",
                        {"checks": [x if isinstance(x, dict) else {"feature": x} for x in asked]},
                        headers={"Idempotency-Key": None})
        return got["checks"]

    def test_many_features_in_one_look(self):
        of = self.organization("org_a", "pro")
        self.does(200, "PATCH", "/api/v1/meters/api_calls", {"quota": "hard"})
        self.does(200, "POST", of + "/usage",
                  {"events": [{"id": "a", "metric": "messages", "quantity": 130},
                              {"id": "b", "metric": "api_calls", "quantity": 45}]})
        before = self.does(200, "GET", of + "/state")["sequence"]
        self.assertEqual(self.check(
            of, "sso", "beta", "nothing", "agents", "messages", "seats",
            {"feature": "api_calls", "quantity": 5}, {"feature": "api_calls", "quantity": "5.5"},
            {"feature": "seats", "quantity": 6}), [
                {"feature": name, "allowed": reason is None, "reason": reason, "limit": limit,
                 "used": used, "remaining": left} for name, reason, limit, used, left in (
                     ("sso", None, None, None, None),
                     ("beta", "feature_not_included", None, None, None),
                     ("nothing", "feature_not_included", None, None, None),
                     ("agents", None, None, 0, None),
                     ("messages", None, 100, 130, 0),
                     ("seats", None, 5, None, 5),
                     ("api_calls", None, 50, 45, 5),
                     ("api_calls", "quota_exceeded", 50, 45, 5),
                     ("seats", "limit_exceeded", 5, None, 5))])
        self.assertEqual(self.does(200, "GET", of + "/state")["sequence"], before)
        self.assertEqual(len(self.check(of, *["sso"] * 100)), 100)

    def test_what_a_check_says_is_what_happens(self):
        of = self.organization("org_a", "pro")
        self.does(200, "PATCH", "/api/v1/meters/api_calls", {"quota": "hard"})
        for n, quantity in enumerate((20, 31, 30, 1)):
            said, = self.check(of, {"feature": "api_calls", "quantity": quantity})
            got = self.call("POST", of + "/usage", {"events": [
                {"id": str(n), "metric": "api_calls", "quantity": quantity}]})
            self.assertEqual(said["allowed"], got[0] == 200, (quantity, got))
            self.assertEqual(said["reason"], None if said["allowed"] else got[1]["code"])

    def test_who_has_ended_or_is_paused_may_nothing(self):
        of = self.organization("org_a", "pro")
        self.does(200, "POST", of + "/subscription/pause")
        self.assertEqual(self.check(of, "sso")[0]["reason"], "subscription_paused")
        self.does(200, "POST", of + "/subscription/resume")
        self.assertTrue(self.check(of, "sso")[0]["allowed"])
        self.does(200, "DELETE", of + "/subscription?immediate=true")
        self.assertEqual([x["reason"] for x in self.check(of, "sso", "nothing")],
                         ["subscription_cancelled"] * 2)
        other = self.organization("org_b")
        self.assertEqual(self.check(other, "sso")[0]["reason"], "no_subscription")
        self.does(200, "PATCH", other + "/entitlements", {"entitlements": {"sso": True}})
        self.does(201, "POST", other + "/credits/grant", {"amount": 5})
        self.assertTrue(self.check(other, "sso")[0]["allowed"])

    def test_what_is_no_question(self):
        path = self.organization("org_a", "pro") + "/access/check"
        for checks, pointer in (
                ([], "/checks"), (["sso"], "/checks/0"), ([{}], "/checks/0/feature"),
                ([{"feature": ""}], "/checks/0/feature"),
                ([{"feature": "x" * 513}], "/checks/0/feature"),
                ([{"feature": "sso"}, {"feature": "sso", "quantity": -1}], "/checks/1/quantity"),
                ([{"feature": "sso", "quantity": 10**12 + 1}], "/checks/0/quantity"),
                ([{"feature": "sso", "quantity": "x"}], "/checks/0/quantity"),
                ([{"feature": "sso", "quantity": True}], "/checks/0/quantity"),
                ([{"feature": "sso"}] * 101, "/checks"), ({}, "/checks"), (None, "/checks")):
            told = self.refused("invalid_parameter", "POST", path, {"checks": checks})
            self.assertEqual(told["errors"][0]["pointer"], pointer)
        told = self.refused("unknown_field", "POST", path, {"checks": [{"feature": "a", "b": 1}]})
        self.assertEqual(told["errors"][0]["pointer"], "/checks/0/b")
        self.refused("not_found", "POST", "/api/v1/organizations/org_x/access/check",
                     {"checks": [{"feature": "sso"}]})


if __name__ == "__main__":
    main("__main__")
