"""SIGTERM under load: nothing acknowledged is lost, nobody is kept waiting.

`drain_test.py BINARY`; with DRAIN_CYCLES=n in the environment so many cycles (2 by default).
"""

import http.client
import json
import os
import random
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support.server import Server, customer, event
from wire import Wire, WireCase, main, request, settings

ORGANIZATIONS = "/api/v1/organizations"
DRAIN_SECONDS_MAX = 10
CLIENTS = 8
SEED = int(os.environ.get("DRAIN_SEED", "1"))


class Client(threading.Thread):
    """Sends requests one after another until nobody listens; keeps what it was told."""

    def __init__(self, server, cycle, number):
        super().__init__()
        self.server, self.name_of_all = server, f"{cycle}_{number}"
        self.told = []  # (what, key or event, status; 0: no answer)
        self.odd = []
        self.ended = 0

    def run(self):
        connection = self.server.connection()
        refused, n = 0, 0
        while refused < 20:
            n += 1
            name = f"{self.name_of_all}_{n}"
            what = ("create", "rename", "webhook")[n % 3]
            try:
                got = self.ask(connection, what, name)
                self.told.append((what, name, got[0]))
                if got[0] == 503:
                    if got[1]["code"] != "draining" or "Retry-After" not in got[2]:
                        self.odd.append((what, name, got[1]))
                elif got[0] not in (200, 201):
                    self.odd.append((what, name, got[:2]))
                if got[2]["Connection"] == "close":
                    connection.close()
            except ConnectionRefusedError:
                refused += 1
            except (OSError, http.client.HTTPException) as fault:
                if isinstance(fault, TimeoutError):
                    self.odd.append((what, name, "no answer for seconds"))
                self.told.append((what, name, 0))
                connection.close()
        self.ended = time.monotonic()
        connection.close()

    def ask(self, connection, what, name):
        if what == "create":
            return connection.call("POST", ORGANIZATIONS, {"id": "org_" + name, "name": name},
                                   headers={"Idempotency-Key": name})
        if what == "rename":
            return connection.call("PATCH", ORGANIZATIONS + "/org_main", {"name": name},
                                   headers={"Idempotency-Key": name})
        return connection.webhook(event("evt_" + name, "customer.updated",
                                        customer("cus_main", "org_main")))


class DrainTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(WireCase.binary)
        self.server.call("POST", ORGANIZATIONS, {"id": "org_main", "name": "Main"})

    def tearDown(self):
        self.server.remove()

    def terminate(self):
        """SIGTERM; the exit status and how long it took."""
        begin = time.monotonic()
        self.server.process.send_signal(signal.SIGTERM)
        code = self.server.process.wait(DRAIN_SECONDS_MAX + 10)
        return code, time.monotonic() - begin

    def check_told(self, told):
        """Whatever got its 2xx is there; repeating any request makes one effect of it."""
        for what, name, status in told:
            if what == "create":
                got = self.server.call("POST", ORGANIZATIONS,
                                       {"id": "org_" + name, "name": name},
                                       headers={"Idempotency-Key": name})
            elif what == "rename":
                got = self.server.call("PATCH", ORGANIZATIONS + "/org_main", {"name": name},
                                       headers={"Idempotency-Key": name})
            else:
                got = self.server.webhook(event("evt_" + name, "customer.updated",
                                                customer("cus_main", "org_main")))
            self.assertIn(got[0], (200, 201), (what, name))
            again = got[1].get("duplicate") if what == "webhook" else \
                got[2].get("Idempotent-Replayed") == "true"
            if status in (200, 201):
                self.assertTrue(again, f"acknowledged and lost: {what} {name}")
            if status == 503:
                self.assertFalse(again, f"refused and done: {what} {name}")

    def effects(self):
        """Names of organizations, names org_main had, webhooks it took; each with its count."""
        connection = self.server.connection()
        rows = connection.rows(ORGANIZATIONS + "/org_main/events?limit=1000")
        connection.close()
        renamed = [row["data"]["name"] for row in rows if row["type"] == "organization_updated"
                   and row["data"].get("name")]
        seen = [row["data"]["object"]["event_id"] for row in rows
                if row["type"] == "stripe_object_observed"]
        return renamed, seen

    def test_nothing_acknowledged_is_lost_when_it_is_terminated_under_load(self):
        dice = random.Random(SEED)
        acknowledged = 0
        for cycle in range(int(os.environ.get("DRAIN_CYCLES", "2"))):
            clients = [Client(self.server, cycle, n) for n in range(CLIENTS)]
            for client in clients:
                client.start()
            deadline = time.monotonic() + dice.uniform(0.05, 0.6)
            while time.monotonic() < deadline or sum(len(c.told) for c in clients) < 20:
                time.sleep(0.005)
            code, seconds = self.terminate()
            for client in clients:
                client.join(30)
                self.assertFalse(client.is_alive())
                self.assertEqual(client.odd, [], f"seed {SEED} cycle {cycle}")
            self.assertEqual(code, 0)
            self.assertLess(seconds, DRAIN_SECONDS_MAX)
            self.assertEqual(self.server.audit()[0], 0)
            self.server.start()
            told = [one for client in clients for one in client.told]
            acknowledged += sum(1 for _, _, status in told if status in (200, 201))
            self.check_told(told)
            renamed, seen = self.effects()
            self.assertEqual(len(renamed), len(set(renamed)))
            self.assertEqual(len(seen), len(set(seen)))
        self.assertGreater(acknowledged, 20)

    def test_idle_connections_do_not_hold_it_up(self):
        idle = [Wire(self.server.port) for _ in range(50)]
        for n, wire in enumerate(idle):
            if n % 2:
                self.assertEqual(wire.send(request("GET", "/health/live")).answer()[0], 200)
        code, seconds = self.terminate()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 5)
        for wire in idle:
            self.assertTrue(wire.closed())
            wire.socket.close()
        with self.assertRaises(ConnectionRefusedError):
            Wire(self.server.port)

    def test_a_request_that_has_begun_is_answered_and_then_refused_another(self):
        body = json.dumps({"id": "org_begun", "name": "B"}).encode()
        whole = request("POST", ORGANIZATIONS, "Content-Type: application/json",
                        "Idempotency-Key: begun", body=body, key=self.server.key)
        with Wire(self.server.port) as wire:
            # The head is there and the body on its way: 100 Continue says so.
            wire.send(whole[:-len(body)].replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
            self.assertEqual(wire.answer()[0], 100)
            self.server.process.send_signal(signal.SIGTERM)
            self.server.process.send_signal(signal.SIGTERM)  # whoever is impatient
            deadline = time.monotonic() + 10
            while True:
                try:
                    Wire(self.server.port).socket.close()
                    self.assertLess(time.monotonic(), deadline)
                except OSError:
                    break
            status, fields, text = wire.send(body).answer()
            self.assertEqual(fields["connection"], "close")
            self.assertIn(status, (201, 503))
            if status == 503:
                self.assertIn(b'"code":"draining"', text)
                self.assertIn("retry-after", fields)
            self.assertTrue(wire.closed())
        self.assertEqual(self.server.process.wait(DRAIN_SECONDS_MAX), 0)
        self.server.start()
        found = self.server.call("GET", ORGANIZATIONS + "/org_begun")[0]
        self.assertEqual(found, 200 if status == 201 else 404)

    def test_another_server_can_take_over_at_once(self):
        for _ in range(3):
            self.assertEqual(self.terminate()[0], 0)
            self.server.start()
            self.assertEqual(self.server.call("GET", ORGANIZATIONS + "/org_main")[0], 200)


class StuckClientTest(unittest.TestCase):
    """Clients that never finish are left behind at the deadline, and the exit is clean."""

    def test_the_deadline_holds(self):
        server = Server(WireCase.binary, *settings(http__body_seconds_max=60,
                                                   http__head_seconds_max=60))
        try:
            server.call("POST", ORGANIZATIONS, {"id": "org_main", "name": "Main"})
            head = request("POST", ORGANIZATIONS, "Content-Type: application/json",
                           "Content-Length: 100", "Idempotency-Key: stuck", key=server.key)
            stuck = [Wire(server.port) for _ in range(6)]
            for n, wire in enumerate(stuck):
                wire.send((head, head + b"{", b"GET /hea")[n % 3])
            reader = Wire.__new__(Wire)
            reader.socket = socket.socket()
            reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.socket.connect(("127.0.0.1", server.port))
            reader.socket.settimeout(0.2)
            for n in range(40):
                server.call("POST", ORGANIZATIONS, {"id": f"org_{n}", "name": "x" * 500})
            try:
                for _ in range(1000):
                    reader.send(request("GET", ORGANIZATIONS + "?limit=1000", key=server.key))
            except TimeoutError:
                pass
            begin = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            code = server.process.wait(DRAIN_SECONDS_MAX + 10)
            seconds = time.monotonic() - begin
            self.assertEqual(code, 0)
            self.assertLess(seconds, DRAIN_SECONDS_MAX + 3)
            self.assertEqual(server.audit()[0], 0)
            server.start()
            self.assertEqual(server.call("GET", ORGANIZATIONS + "/org_main")[0], 200)
            for wire in stuck + [reader]:
                wire.socket.close()
        finally:
            server.remove()


if __name__ == "__main__":
    main("__main__")
