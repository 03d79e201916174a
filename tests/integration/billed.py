"""A server under a test clock that bills by itself, and the words of stories about it."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support.server import Server


class BilledCase(unittest.TestCase):
    binary = ""
    # Nobody is late here, unless a test says so: payments are recorded by hand.
    settings = ("--set", "invoices.due_days=365")
    plans = ()

    def setUp(self):
        self.server = Server(self.binary, "--test-clock", *self.settings)
        self.call = self.server.call
        self.reach("2026-01-01T00:00:00Z")
        for plan in self.plans:
            self.does(201, "POST", "/api/v1/plans", plan | {"provider": "native"})

    def tearDown(self):
        self.server.remove()

    def does(self, status, method, path, body=None, **more):
        got = self.call(method, path, body, **more)
        self.assertEqual(got[0], status, got[1])
        return got[1]

    def refused(self, code, method, path, body=None):
        self.reach(self.now)  # until invoices have their numbers
        sequences = [self.does(200, "GET", f"/api/v1/organizations/{x['id']}/state")["sequence"]
                     for x in self.does(200, "GET", "/api/v1/organizations")["data"]]
        got = self.call(method, path, body)
        self.assertEqual(got[1].get("code"), code, got[1])
        after = [self.does(200, "GET", f"/api/v1/organizations/{x['id']}/state")["sequence"]
                 for x in self.does(200, "GET", "/api/v1/organizations")["data"]]
        self.assertEqual(after, sequences, "something was written")
        return got[1]

    def reach(self, time):
        self.now = time
        self.does(200, "PUT", "/test/clock", {"now": time})

    def organization(self, name, plan=None, quantity=1, **more):
        self.does(201, "POST", "/api/v1/organizations", {"id": name, "name": name} | more)
        if plan:
            self.does(201, "POST", f"/api/v1/organizations/{name}/subscription",
                      {"plan_id": plan, "quantity": quantity, "payment_method_id": "pm_1"})
        return f"/api/v1/organizations/{name}"

    def invoices(self, of):
        return self.does(200, "GET", of + "/invoices")["data"]

    def crash(self):
        self.server.kill()
        self.server.start()
        self.call = self.server.call


def main(namespace):
    """`python3 x_test.py BINARY [unittest's arguments]`"""
    BilledCase.binary = os.path.abspath(sys.argv.pop(1))
    unittest.main(module=namespace, verbosity=1)
