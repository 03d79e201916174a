"""HTTP on the wire: framing, limits at their edges, deadlines, TLS. `http_test.py BINARY`."""

import concurrent.futures
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support.server import Connection, Server, customer, event
from wire import Wire, WireCase, main, request, settings, signature_of

ORGANIZATIONS = "/api/v1/organizations"
CREATE = f"POST {ORGANIZATIONS} HTTP/1.1\r\n".encode()
HOST = b"Host: a\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\n"
SMUGGLED = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
JSON = "Content-Type: application/json"


class FramingTest(WireCase):
    """What can be read in two ways is refused, once, and the connection is over."""

    def test_two_framings_of_one_body(self):
        length, chunked = b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"
        rows = (length + chunked, chunked + length,
                chunked + b"Content-Length: 0\r\n",
                length + b"Transfer-Encoding: identity\r\n",
                b"Content-Length: 5\r\nContent-Length: 6\r\n",
                b"Content-Length: 5\r\nContent-Length: 5\r\n",
                b"Content-Length: 5, 6\r\n", b"Content-Length: 5 6\r\n",
                chunked + chunked,
                chunked + b"Transfer-Encoding: identity\r\n")
        for row in rows:
            self.refused(CREATE + HOST + row + b"\r\n0\r\n\r\n" + SMUGGLED, 400, "bad_framing")

    def test_lengths_that_are_not_a_number(self):
        for length in (b"-1", b"+5", b"5.0", b"0x5", b"5e0", b"", b" ", b"five", b"5;", b"5\t5",
                       b"18446744073709551616", b"99999999999999999999999"):
            self.refused(CREATE + HOST + b"Content-Length: " + length + b"\r\n\r\n" + SMUGGLED,
                         400, "bad_framing")

    def test_transfer_codings_that_are_not_chunked(self):
        for coding in (b"xchunked", b"chunkedx", b"chunked;a=b", b"\"chunked\"", b"identity",
                       b"", b"chunked, identity", b"chun ked", b"\x0bchunked", b"chunked\x0b"):
            self.refused(CREATE + HOST + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n"
                         + SMUGGLED, 400, "bad_framing")
        for coding in (b"gzip, chunked", b"identity, chunked", b"chunked, chunked"):
            self.refused(CREATE + HOST + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n"
                         + SMUGGLED, 501, "not_implemented")

    def test_names_and_lines_that_hide_a_field(self):
        rows = (b"Transfer-Encoding : chunked\r\n", b" Transfer-Encoding: chunked\r\n",
                b"Transfer-Encoding\t: chunked\r\n", b"X: y\r\n Transfer-Encoding: chunked\r\n",
                b"Transfer-Encoding:\r\n chunked\r\n", b"X: y\r\n\tfolded\r\n",
                b"Transfer\x00-Encoding: chunked\r\n", b"Transfer-Encoding\r\n",
                b": chunked\r\n", b"X(y): z\r\n", b"X: a\x00b\r\n", b"X: a\rb\r\n",
                b"X: y\r\n\nTransfer-Encoding: chunked\r\n", b"X: y\nZ: w\r\n",
                b"X: \x7f\r\n", b"X: \x01\r\n")
        for row in rows:
            self.refused(CREATE + HOST + row + b"Content-Length: 0\r\n\r\n", 400, "bad_framing")

    def test_request_lines(self):
        rows = (b"GET /health/live HTTP/1.1 \r\n", b"GET  /health/live HTTP/1.1\r\n",
                b" GET /health/live HTTP/1.1\r\n", b"GET /health/live  HTTP/1.1\r\n",
                b"GET /health/live\r\n", b"GET\t/health/live\tHTTP/1.1\r\n",
                b"GET /health/live HTTP/2.0\r\n", b"GET /health/live HTTP/1.2\r\n",
                b"GET /health/live http/1.1\r\n", b"GET /health/live HTTP/1.10\r\n",
                b"GET /a b HTTP/1.1\r\n", b"GET /\x80 HTTP/1.1\r\n",
                b"G(T /health/live HTTP/1.1\r\n",
                b"GET /health/live HTTP/1.1\rX: y\r\n", b"\x16\x03\x01\x02\x00\x01\r\n")
        for row in rows:
            self.refused(row + HOST + b"\r\n", 400, "bad_framing")

    def test_targets_that_lead_elsewhere(self):
        rows = ("/health/../health/live", "/health/./live", "/health/%2e%2e/health/live",
                "/health/%2E/live", "//health/live", "/health//live", "/health/live/",
                "/health%2flive", "/health%2Flive", "/health%5clive", "/health\\live",
                "/health/live%00", "/health/live%0d%0a", "/health/%ff", "/health/%c0%ae",
                "/health/%ed%a0%80", "/health/%zz", "/health/%2", "/health/live#x",
                "http://a/health/live", "*", "health/live", "/health/live?a=%00",
                "/health/live?a=%ff")
        for target in rows:
            self.refused(request("GET", target), 400)

    def test_hosts(self):
        for row in (b"", b"Host:\r\n", b"Host: a\r\nHost: a\r\n", b"Host: a b\r\n",
                    b"Host: a, b\r\n", b"Host: a/b\r\n", b"Host: u@a\r\n"):
            self.refused(LIVE + row + b"\r\n", 400, "bad_framing")

    def test_fields_that_may_come_once(self):
        bearer = f"Authorization: Bearer {self.server.key}"
        path = f"{ORGANIZATIONS}/org_main"
        self.refused(request("GET", path, bearer, bearer), 400)
        for name in ("Idempotency-Key", "If-Match", "Content-Type", "X-Request-Id",
                     "Stripe-Signature", "Expect", "Content-Encoding"):
            value = {"Expect": "100-continue", "Content-Encoding": "identity"}.get(name, "a")
            self.refused(request("PATCH", path, f"{name}: {value}", f"{name}: {value}",
                                 key=self.server.key), 400)

    def test_chunks_that_are_not(self):
        head = CREATE + HOST + f"Authorization: Bearer {self.server.key}\r\n".encode() \
            + b"Idempotency-Key: c\r\nContent-Type: application/json\r\n" \
            + b"Transfer-Encoding: chunked\r\n\r\n"
        length = self.length()
        for body in (b"x\r\n", b"-1\r\n", b"5\nhello\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n",
                     b"5\r\nhel\r\n0\r\n\r\n", b"ffffffffffffffffff\r\n", b"0x5\r\nhello\r\n",
                     b"5 \x00\r\nhello\r\n0\r\n\r\n", b"\r\n\r\n", b"5\r\nhello\r\n\r\n"):
            with self.wire() as wire:
                got = wire.send(head + body + SMUGGLED).answer()
                # Refused or cut off; never is what follows taken for a request.
                self.assertIn(got[0] if got else None, (400, None), body)
                self.assertTrue(wire.closed(), (body, wire.came))
            self.unharmed(length, body)

    def test_a_chunked_body_is_one_body(self):
        body = json.dumps({"id": "org_chunked", "name": "C"}).encode()
        chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (1, body[i:i + 1]) for i in range(len(body)))
        with self.wire() as wire:
            wire.send(request("POST", ORGANIZATIONS, "Idempotency-Key: chunked", JSON,
                              "Transfer-Encoding: chunked", key=self.server.key,
                              body=chunks + b"0\r\nTrailer: x\r\n\r\n") + SMUGGLED)
            self.assertEqual(wire.answer()[0], 201)
            self.assertEqual(wire.answer()[2], b'{"status":"live"}')

    def test_trailers_are_no_fields(self):
        path = f"{ORGANIZATIONS}/org_main"
        length = self.length()
        with self.wire() as wire:
            got = wire.send(request(
                "PATCH", path, "Idempotency-Key: trailer", JSON, "Transfer-Encoding: chunked",
                body=b"2\r\n{}\r\n0\r\nAuthorization: Bearer " + self.server.key.encode()
                + b"\r\n\r\n")).answer()
            self.assertEqual(got[0], 401)
        self.unharmed(length)

    def test_methods(self):
        got = self.refused(b"TRACE /health/live HTTP/1.1\r\nHost: a\r\nX-Secret: y\r\n\r\n", 405)
        self.assertNotIn(b"X-Secret", got[2])
        self.assertTrue(got[1]["allow"])
        self.refused(b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405)
        for method in (b"FOO", b"get", b"GETT", b"PRI"):
            self.refused(method + b" /health/live HTTP/1.1\r\nHost: a\r\n\r\n", 501)
        with self.wire() as wire:
            got = wire.send(request("POST", "/health/live", body=b"")).answer()
            self.assertEqual((got[0], got[1]["allow"]), (405, "GET"))
            got = wire.send(request("DELETE", f"{ORGANIZATIONS}/org_main")).answer()
            self.assertEqual((got[0], got[1]["allow"]), (405, "GET, PATCH"))

    def test_codings_and_expectations(self):
        bomb = b"\x1f\x8b\x08" + b"\x00" * 1000
        for coding in ("gzip", "deflate", "br", "identity, gzip", "x"):
            self.refused(request("POST", ORGANIZATIONS, f"Content-Encoding: {coding}", JSON,
                                 key=self.server.key, body=bomb), 415)
        for wanted in ("tea", "100-continue, tea", "200-ok"):
            self.refused(request("POST", ORGANIZATIONS, f"Expect: {wanted}", body=b"{}"), 417)

    def test_http_1_0_has_no_chunks_and_closes(self):
        self.refused(request("POST", ORGANIZATIONS, "Transfer-Encoding: chunked",
                             body=b"0\r\n\r\n", version=b"1.0"), 400, "bad_framing")
        with self.wire() as wire:
            got = wire.send(request("GET", "/health/live", version=b"1.0")).answer()
            self.assertEqual((got[0], got[1]["connection"]), (200, "close"))
            self.assertTrue(wire.closed())

    def test_proxies_and_overrides_are_not_believed(self):
        got = self.call("GET", f"{ORGANIZATIONS}/org_main", headers={
            "X-HTTP-Method-Override": "DELETE", "X-Forwarded-For": "10.0.0.1",
            "X-Org-Id": "org_other", "X-Original-URL": "/api/v1/api-keys",
            "Forwarded": "for=10.0.0.1"})
        self.assertEqual((got[0], got[1]["id"]), (200, "org_main"))

    def test_operators_routes_are_not_public(self):
        for path in ("/metrics", "/debug", "/debug/pprof", "/admin", "/node", "/test/clock"):
            for method in ("GET", "PUT"):
                self.assertEqual(self.call(method, path)[0], 404, path)


class LimitsTest(WireCase):
    """At each limit the last one is taken and the next one refused."""

    settings = settings(http__body_bytes_max=2048, http__webhook_body_bytes_max=1024)

    def taken(self, data, *statuses):
        with self.wire() as wire:
            got = wire.send(data + SMUGGLED).answer()
            self.assertIsNotNone(got, data[:80])
            self.assertIn(got[0], statuses, (data[:80], got[2][:200]))
            # The connection goes on: it was not refused.
            self.assertEqual(wire.answer()[2], b'{"status":"live"}')

    def test_head_bytes(self):
        def head(size):
            begin = LIVE + HOST + b"X: "
            return begin + b"y" * (size - len(begin) - 4) + b"\r\n\r\n"
        self.assertEqual(len(head(16384)), 16384)
        self.taken(head(16384), 200)
        self.refused(head(16385), 431, "header_too_large")
        self.refused(LIVE + HOST + b"X: " + b"y" * 100_000, 431)

    def test_fields(self):
        self.taken(LIVE + HOST + b"X: y\r\n" * 63 + b"\r\n", 200)
        self.refused(LIVE + HOST + b"X: y\r\n" * 64 + b"\r\n", 431, "header_too_large")

    def test_target(self):
        self.taken(request("GET", "/" + "a" * 2047), 404)
        self.refused(request("GET", "/" + "a" * 2048), 414, "uri_too_long")
        self.taken(request("GET", "/health/live?" + "a" * 2035), 200, 400)
        self.refused(request("GET", "/health/live?" + "a" * 2036), 414)

    def organization(self, size):
        body = json.dumps({"name": "Bounded"}).encode()
        return body + b" " * (size - len(body))

    def test_body_with_a_length(self):
        path = f"{ORGANIZATIONS}/org_main"
        fields = ("Idempotency-Key: n", JSON)
        self.taken(request("PATCH", path, *fields, key=self.server.key,
                           body=self.organization(2048)), 200)
        self.refused(request("PATCH", path, *fields, key=self.server.key,
                             body=self.organization(2049)), 413, "payload_too_large")
        # Refused for what it says, before it comes.
        self.refused(request("PATCH", path, *fields, "Content-Length: 2049",
                             key=self.server.key), 413)
        self.refused(request("PATCH", path, *fields, "Content-Length: 18446744073709551615",
                             key=self.server.key), 413)

    def test_body_in_chunks(self):
        path = f"{ORGANIZATIONS}/org_main"
        def chunked(size):
            body = self.organization(size)
            parts = [body[i:i + 100] for i in range(0, size, 100)]
            return request("PATCH", path, "Idempotency-Key: m", JSON, "Transfer-Encoding: chunked",
                           key=self.server.key,
                           body=b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts)
                           + b"0\r\n\r\n")
        self.taken(chunked(2048), 200)
        self.refused(chunked(2049), 413, "payload_too_large")
        # The size of one chunk alone decides it.
        self.refused(request("PATCH", path, "Idempotency-Key: m", JSON,
                             "Transfer-Encoding: chunked", key=self.server.key,
                             body=b"7fffffff\r\n"), 413)

    def test_webhook_body(self):
        def delivery(size):
            thing = event("evt_" + str(size), "customer.created", customer("cus_1", "org_main"))
            body = json.dumps(thing).encode()
            body += b" " * (size - len(body))
            return request("POST", "/webhooks/stripe", JSON, body=body,
                           *["Stripe-Signature: " + signature_of(body)])
        self.taken(delivery(1024), 200)
        self.refused(delivery(1025), 413, "payload_too_large")

    def test_depth_of_json(self):
        for depth, code in ((32, "unknown_field"), (33, "invalid_json"), (1000, "invalid_json")):
            length = self.length()
            body = b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)
            if len(body) > 2048:
                body = b"[" * 2000
            got = self.call("POST", ORGANIZATIONS, body, headers={"Content-Type":
                                                                  "application/json"})
            self.assertEqual((got[0], got[1]["code"]), (400, code), depth)
            self.unharmed(length)

    def test_memory_does_not_grow_with_what_is_refused(self):
        # Each of these could be made endless, and gets 32 MiB to try.
        before = self.memory()
        length = self.length()
        chunked = request("POST", ORGANIZATIONS, JSON, "Transfer-Encoding: chunked")
        for begin in (LIVE + HOST, LIVE + HOST + b"X: ", b"GET /",
                      CREATE + HOST + b"Content-Length: 999999999\r\n\r\n",
                      chunked + b"1;x=", chunked + b"0\r\nX: ", chunked + b"00000"):
            fill = b"0" if begin.endswith(b"00000") else b"y"
            with self.wire() as wire:
                try:
                    wire.send(begin)
                    for _ in range(32):
                        wire.send(fill * (1 << 20))
                except OSError:
                    pass  # closed meanwhile
                self.assertLess(self.memory() - before, 16 << 20, begin[:80])
            self.unharmed(length, begin[:80])


class ConnectionTest(WireCase):
    """Keep-alive, pipelining, and who gives a connection up."""

    settings = settings(http__connections_max=64)

    def test_requests_follow_on_one_connection(self):
        connection = self.server.connection()
        for n in range(50):
            status, made, fields = connection.call(
                "POST", ORGANIZATIONS, {"id": f"org_kept_{n}", "name": "K"})
            self.assertEqual((status, fields["Connection"]), (201, "keep-alive"))
        connection.close()

    def test_a_refusal_of_content_keeps_the_connection(self):
        with self.wire() as wire:
            path = f"{ORGANIZATIONS}/org_none"
            for data, status in (
                    (request("GET", path, key=self.server.key), 404),
                    (request("GET", path), 401),
                    (request("GET", "/nothing"), 404),
                    (request("POST", ORGANIZATIONS, JSON, "Idempotency-Key: k", body=b"{",
                             key=self.server.key), 400),
                    (request("HEAD", "/health/live"), 200)):
                got = wire.send(data)
                if data.startswith(b"HEAD"):
                    break
                got = wire.answer()
                self.assertEqual((got[0], got[1]["connection"]), (status, "keep-alive"))

    def test_connection_close_is_obeyed(self):
        with self.wire() as wire:
            got = wire.send(request("GET", "/health/live", "Connection: close")
                            + SMUGGLED).answer()
            self.assertEqual((got[0], got[1]["connection"]), (200, "close"))
            self.assertTrue(wire.closed(), wire.came)

    def test_pipelined_requests_are_answered_in_order(self):
        length = self.length()
        requests = []
        for n in range(300):
            name = f"X-Request-Id: {n}"
            if n % 3 == 0:
                body = json.dumps({"id": f"org_pipe_{n}", "name": "P"}).encode()
                requests.append(request("POST", ORGANIZATIONS, name, JSON, key=self.server.key,
                                        body=body, *[f"Idempotency-Key: pipe-{n}"]))
            elif n % 3 == 1:
                requests.append(request("GET", f"{ORGANIZATIONS}/org_pipe_{n - 1}", name,
                                        key=self.server.key))
            else:
                requests.append(request("GET", "/health/live", name))
        with self.wire(30) as wire:
            wire.send(b"".join(requests))
            for n in range(300):
                status, fields, body = wire.answer()
                self.assertEqual(fields["x-request-id"], str(n))
                self.assertEqual(status, (201, 200, 200)[n % 3])
                if n % 3 < 2:
                    self.assertEqual(json.loads(body)["id"], f"org_pipe_{n - n % 3}")
        self.unharmed(length + 100)

    def test_a_request_in_single_bytes_is_one_request(self):
        with self.wire() as wire:
            wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            body = json.dumps({"id": "org_bytes", "name": "B"}).encode()
            for byte in request("POST", ORGANIZATIONS, JSON, "Idempotency-Key: bytes", body=body,
                                key=self.server.key):
                wire.send(bytes([byte]))
            self.assertEqual(wire.answer()[0], 201)

    def test_a_connection_that_breaks_anywhere_changes_nothing(self):
        body = json.dumps({"id": "org_broken", "name": "B"}).encode()
        whole = request("POST", ORGANIZATIONS, JSON, "Idempotency-Key: broken", body=body,
                        key=self.server.key)
        length = self.length()
        for end in range(0, len(whole) - 1, 7):
            for reset in (False, True):
                with self.wire() as wire:
                    wire.send(whole[:end])
                    if reset:
                        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                               b"\1\0\0\0\0\0\0\0")
        self.unharmed(length)
        with self.wire() as wire:
            self.assertEqual(wire.send(whole).answer()[0], 201)

    def test_a_half_closed_connection_is_answered(self):
        with self.wire() as wire:
            wire.send(request("GET", "/health/live"))
            wire.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(wire.answer()[0], 200)
            self.assertTrue(wire.closed())

    def test_beyond_the_cap_connections_are_refused_until_one_is_free(self):
        length = self.length()
        held = []
        while len(held) < 64:
            wire = self.wire()
            got = wire.send(SMUGGLED).answer()
            if got is None or got[0] == 503:
                break  # one of another test was still open
            held.append(wire)
        self.assertGreaterEqual(len(held), 60)
        refused = 0
        for _ in range(200):
            with self.wire() as wire:
                try:
                    got = wire.send(SMUGGLED).answer()
                except ConnectionError:
                    got = None
                if got:
                    self.assertEqual((got[0], got[1].get("retry-after")), (503, "1"))
                refused += 1
        self.assertEqual(refused, 200)
        # Who is inside is served.
        for wire in held:
            self.assertEqual(wire.send(SMUGGLED).answer()[0], 200)
            wire.socket.close()
        deadline = time.monotonic() + 10
        while True:
            try:
                self.unharmed(length)
                break
            except (OSError, http.client.HTTPException, AssertionError, TypeError):
                self.assertLess(time.monotonic(), deadline)


class DeadlineTest(WireCase):
    """A client that is slow is given up on, whatever it does to seem busy."""

    settings = settings(http__head_seconds_max=1, http__body_seconds_max=1,
                        http__write_seconds_max=1, http__idle_seconds_max=2)

    def trickle(self, wire, data, pause):
        return self.feed(wire, [bytes([byte]) for byte in data], pause)

    def test_a_head_that_trickles_in(self):
        length = self.length()
        with self.wire() as wire:
            got, seconds = self.trickle(wire, LIVE + HOST + b"X: " + b"y" * 500, 0.05)
            self.assertIn(got[0] if got else None, (408, None))
            self.assertTrue(0.8 < seconds < 4, seconds)
            self.assertTrue(wire.closed())
        self.unharmed(length)

    def test_a_second_head_that_trickles_in(self):
        with self.wire() as wire:
            self.assertEqual(wire.send(SMUGGLED + LIVE).answer()[0], 200)
            got, seconds = self.trickle(wire, b"X: " + b"y" * 500, 0.05)
            self.assertIn(got[0] if got else None, (408, None))
            self.assertLess(seconds, 4)

    def test_a_body_that_trickles_in(self):
        length = self.length()
        for fields in (("Content-Length: 600",), ("Transfer-Encoding: chunked",)):
            with self.wire() as wire:
                wire.send(request("POST", ORGANIZATIONS, JSON, "Idempotency-Key: slow", *fields,
                                  key=self.server.key))
                data = b"1\r\n \r\n" * 100 if "chunked" in fields[0] else b" " * 600
                got, seconds = self.trickle(wire, data, 0.05)
                self.assertEqual(got[0] if got else None, 408, fields)
                self.assertTrue(0.8 < seconds < 4, seconds)
                self.assertTrue(wire.closed())
            self.unharmed(length)

    def test_an_announced_body_that_never_comes(self):
        with self.wire() as wire:
            wire.send(request("POST", ORGANIZATIONS, JSON, "Expect: 100-continue",
                              "Content-Length: 10", "Idempotency-Key: never",
                              key=self.server.key))
            self.assertEqual(wire.answer()[0], 100)
            self.assertEqual(wire.answer()[0], 408)
            self.assertTrue(wire.closed())

    def test_silence_ends_a_connection(self):
        for said in (b"", SMUGGLED):
            with self.wire() as wire:
                begin = time.monotonic()
                if wire.send(said) and said:
                    self.assertEqual(wire.answer()[0], 200)
                self.assertTrue(wire.closed())
                self.assertTrue(1.5 < time.monotonic() - begin < 6)

    def test_who_never_reads_is_cut_off(self):
        for n in range(60):
            self.call("POST", ORGANIZATIONS, {"id": f"org_long_{n}", "name": "L" * 500})
        path = f"{ORGANIZATIONS}?limit=1000"
        memory = self.memory()
        wire = Wire.__new__(Wire)
        wire.socket, wire.came = socket.socket(), b""
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.socket.connect(("127.0.0.1", self.server.port))
        wire.socket.settimeout(0.2)
        others = self.metric("bursar_http_connections")
        one = request("GET", path, key=self.server.key)
        try:  # some 40 MB of answers, of which nobody reads any
            for _ in range(1000):
                wire.send(one)
        except TimeoutError:
            pass
        deadline = time.monotonic() + 10
        while self.metric("bursar_http_connections") >= others:
            self.assertLess(time.monotonic(), deadline, "the connection is held on to")
        self.assertLess(self.memory() - memory, 32 << 20)
        wire.socket.close()

    def test_others_are_served_while_hundreds_are_slow(self):
        slow = []
        for n in range(200):
            wire = self.wire()
            wire.send((LIVE, b"", request("POST", ORGANIZATIONS, JSON, "Content-Length: 9",
                                          key=self.server.key))[n % 3])
            slow.append(wire)
        times = []
        connection = self.server.connection()
        for _ in range(100):
            begin = time.monotonic()
            self.assertEqual(connection.call("GET", f"{ORGANIZATIONS}/org_main")[0], 200)
            times.append(time.monotonic() - begin)
        connection.close()
        self.assertLess(sorted(times)[98], 0.25)
        for wire in slow:
            wire.socket.close()


class AdmissionTest(WireCase):
    """Who asks too much is told to wait; nobody else notices."""

    settings = settings(limits__requests_per_second=5, limits__requests_burst=20,
                        limits__webhooks_per_second=5,
                        limits__failed_credentials_per_10_seconds=5)

    def flood(self, ask, most):
        """Asks until refused; how often it was not, and the refusal."""
        for n in range(most):
            got = ask(n)
            if got[0] == 429:
                self.assertEqual(got[1]["code"], "rate_limited")
                self.assertGreaterEqual(int(got[2]["Retry-After"]), 1)
                self.assertEqual(got[2]["RateLimit-Remaining"], "0")
                self.assertGreaterEqual(int(got[2]["RateLimit-Limit"]), 1)
                return n, got
        self.fail(f"{most} requests and no limit")

    def key(self):
        """A key of its own, with a full bucket."""
        while True:
            got = self.call("POST", "/api/v1/api-keys",
                            {"role": "billing_admin", "organization_id": "org_main"})
            if got[0] == 201:
                return got[1]["key"]

    def test_one_key_is_limited_and_another_is_not(self):
        one, other = self.key(), self.key()
        path = f"{ORGANIZATIONS}/org_main"
        before, _ = self.flood(lambda n: self.call("GET", path, key=one), 200)
        self.assertGreaterEqual(before, 20)
        length = self.length()
        refused = 0
        for n in range(10):
            got = self.call("PATCH", path, {"name": "x"}, key=one)
            refused += got[0] == 429
            length += got[0] == 200
        self.assertGreater(refused, 5)
        self.assertEqual(self.call("GET", path, key=other)[0], 200)
        self.assertEqual(self.call("GET", "/health/live", key=None)[0], 200)
        self.unharmed(length)
        # What it says comes true.
        deadline = time.monotonic() + 5
        while self.call("GET", path, key=one)[0] != 200:
            self.assertLess(time.monotonic(), deadline)

    def test_a_refused_request_does_not_use_its_idempotency_key(self):
        one = self.key()
        path = f"{ORGANIZATIONS}/org_main"
        self.flood(lambda n: self.call("GET", path, key=one), 200)
        headers = {"Idempotency-Key": os.urandom(8).hex()}
        statuses = []
        deadline = time.monotonic() + 10
        while not statuses or statuses[-1] == 429:
            got = self.call("PATCH", path, {"name": "y"}, key=one, headers=headers)
            statuses.append(got[0])
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(statuses[-1], 200)
        self.assertNotIn("Idempotent-Replayed", got[2])

    def test_webhooks_are_limited_and_the_api_is_not(self):
        def deliver(n):
            return self.server.webhook(event(f"evt_flood_{n}", "customer.updated",
                                             customer("cus_flood", "org_main")))
        self.flood(deliver, 200)
        key = self.key()
        self.assertEqual(self.call("GET", f"{ORGANIZATIONS}/org_main", key=key)[0], 200)

    def test_guessing_keys_is_limited_and_knowing_one_is_not(self):
        path = f"{ORGANIZATIONS}/org_main"
        good = self.key()
        length = self.length()
        before, _ = self.flood(
            lambda n: self.call("GET", path, key="bsk_live_" + str(n) * 43), 100)
        self.assertGreaterEqual(before, 5)
        self.assertEqual(self.call("GET", path, key=good)[0], 200)
        self.unharmed(length)


class OverloadTest(WireCase):
    """More requests at a time than are allowed are refused at once, and cost nothing."""

    settings = settings(http__requests_in_flight_max=2)

    def test_beyond_the_requests_in_flight_503_comes_at_once(self):
        length = self.length()
        results = []

        def client(worker):
            connection = self.server.connection()
            for n in range(40):
                begin = time.monotonic()
                try:
                    got = connection.call("POST", ORGANIZATIONS,
                                          {"id": f"org_over_{worker}_{n}", "name": "O"})
                except (OSError, http.client.HTTPException):
                    # A refusal with its body unread closes; the answer may be lost with it.
                    connection.close()
                    results.append((0, 0.0, worker, n))
                    continue
                results.append((got[0], time.monotonic() - begin, worker, n))
                if got[0] == 503:
                    self.assertEqual(got[1]["code"], "overloaded")
                    self.assertGreaterEqual(int(got[2]["Retry-After"]), 1)
            connection.close()

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(client, range(16)))
        statuses = [status for status, _, _, _ in results]
        self.assertEqual(len(results), 16 * 40)
        self.assertLessEqual(set(statuses), {201, 503, 0})
        self.assertGreater(statuses.count(201), 10)
        self.assertGreater(statuses.count(503), 10)
        self.unharmed(length + statuses.count(201))
        for status, _, worker, n in results:
            path = f"{ORGANIZATIONS}/org_over_{worker}_{n}"
            if n % 10 == 0 and status:
                self.assertEqual(self.call("GET", path)[0], 200 if status == 201 else 404)


class UnreadAnswersTest(WireCase):
    """Answers that nobody reads take so much memory and no more."""

    settings = settings(http__answers_bytes_max=1 << 20)

    def test_beyond_the_bytes_that_wait_only_small_answers_are_given(self):
        path = f"{ORGANIZATIONS}/org_main"
        metadata = {f"k{n}": "v" * 500 for n in range(50)}
        for n in range(80):
            self.assertEqual(self.call("PATCH", path, {"metadata": metadata | {"k0": str(n)}})[0],
                             200)
        page = f"{path}/events?limit=1000"
        self.assertEqual(self.call("GET", page)[0], 200)
        readers = []
        for _ in range(2):
            wire = Wire.__new__(Wire)
            wire.socket, wire.came = socket.socket(), b""
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.socket.connect(("127.0.0.1", self.server.port))
            for _ in range(4):  # the kernel takes some megabytes before the server has to wait
                wire.send(request("GET", page, key=self.server.key))
            readers.append(wire)
        deadline = time.monotonic() + 10
        while (got := self.call("GET", page))[0] == 200:
            self.assertLess(time.monotonic(), deadline, "the unread answers are not counted")
        self.assertEqual((got[0], got[1]["code"]), (503, "overloaded"))
        self.assertGreaterEqual(int(got[2]["Retry-After"]), 1)
        self.assertEqual(self.call("GET", path)[0], 200)
        self.assertEqual(self.call("PATCH", path, {"name": "Small"})[0], 200)
        for wire in readers:
            wire.socket.close()
        while self.call("GET", page)[0] == 503:
            self.assertLess(time.monotonic(), deadline, "closed connections are still counted")


class TlsServer(Server):
    def __init__(self, binary, *arguments, authority):
        self.context = ssl.create_default_context(cafile=authority)
        super().__init__(binary, *arguments)

    def connection(self):
        out = Connection(self.port, self.key)
        out.http = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30,
                                               context=self.context)
        return out


def make_certificate(folder, name):
    """Self-signed, for localhost and 127.0.0.1; the files of certificate and key."""
    certificate = os.path.join(folder, name + ".pem")
    key = os.path.join(folder, name + ".key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    return certificate, key


class TlsTest(WireCase):
    """TLS 1.3 where a certificate is configured, and nothing else on that port."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="bursar-tls-")
        cls.certificate, cls.private_key = make_certificate(cls.folder, "server")
        cls.server = TlsServer(
            cls.binary, *settings(server__tls_certificate=cls.certificate,
                                  server__tls_private_key=cls.private_key,
                                  http__head_seconds_max=1, http__idle_seconds_max=2),
            authority=cls.certificate)
        cls.call = staticmethod(cls.server.call)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)
        super().tearDownClass()

    def secured(self, **versions):
        context = ssl.create_default_context(cafile=self.certificate)
        for name, value in versions.items():
            setattr(context, name, value)
        plain = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
        return context.wrap_socket(plain, server_hostname="localhost",
                                   suppress_ragged_eofs=False)

    def test_the_api_is_served_by_tls_1_3(self):
        with self.secured() as s:
            self.assertEqual(s.version(), "TLSv1.3")
        connection = self.server.connection()
        for n in range(5):
            made = connection.call("POST", ORGANIZATIONS, {"id": f"org_tls_{n}", "name": "T"})
            self.assertEqual(made[0], 201)
        connection.close()
        self.assertEqual(self.server.webhook(event("evt_tls", "customer.created",
                                                   customer("cus_tls", "org_tls_0")))[0], 200)

    def test_the_end_of_a_connection_is_told(self):
        # Without close_notify recv() raises here: an attacker could have cut the answer short.
        with self.secured() as s:
            s.sendall(request("GET", "/health/live", "Connection: close"))
            got = b""
            while part := s.recv(65536):
                got += part
        self.assertTrue(got.endswith(b'{"status":"live"}'), got)

    def test_framing_is_judged_inside_tls_too(self):
        with self.secured() as s:
            s.sendall(CREATE + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")
            self.assertTrue(s.recv(65536).startswith(b"HTTP/1.1 400 "))

    def test_a_client_without_tls_1_3_is_refused(self):
        length = self.length()
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.secured(maximum_version=ssl.TLSVersion.TLSv1_2)
        self.unharmed(length)

    def test_who_speaks_no_tls_is_closed_without_an_answer(self):
        length = self.length()
        for data in (SMUGGLED, CREATE + HOST + b"\r\n", b"\x00" * 100, b"\x16\x03\x01\xff\xff",
                     b"\x16\x03\x03\x00\x05hello", b"\x15\x03\x03\x00\x02\x02\x28",
                     os.urandom(5000)):
            with self.wire() as wire:
                try:
                    wire.send(data)
                except OSError:
                    pass
                wire.closed()
                self.assertNotIn(b"HTTP/1.1", wire.came)
            self.unharmed(length, data[:20])

    def test_a_handshake_that_does_not_end_is_given_up_on(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = ssl.create_default_context().wrap_bio(incoming, outgoing,
                                                       server_hostname="localhost")
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        for data in (b"", hello[:1], hello[:len(hello) // 2], hello):
            with self.wire() as wire:
                begin = time.monotonic()
                wire.send(data)
                wire.closed()
                self.assertLess(time.monotonic() - begin, 6, len(data))

    def test_silence_and_trickles_inside_tls_end_too(self):
        for said in (b"", b"GET /hea"):
            with self.secured() as s:
                begin = time.monotonic()
                s.sendall(said)
                try:
                    while s.recv(65536):
                        pass
                except ssl.SSLError:
                    pass
                self.assertLess(time.monotonic() - begin, 8)


class TlsStartTest(unittest.TestCase):
    """A certificate that cannot be served with ends the start, and says which file it is."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="bursar-tls-")
        cls.good = make_certificate(cls.folder, "good")
        cls.other = make_certificate(cls.folder, "other")
        cls.nothing = os.path.join(cls.folder, "nothing.pem")
        cls.garbage = os.path.join(cls.folder, "garbage.pem")
        with open(cls.garbage, "w", encoding="ascii") as file:
            file.write("-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def start_with(self, **named):
        environment = {k: v for k, v in os.environ.items()
                       if not k.startswith(("BURSAR_", "STRIPE_"))}
        data = os.path.join(self.folder, "data")
        done = subprocess.run(
            [WireCase.binary, "serve", "--data", data, "--listen", "127.0.0.1:0",
             *settings(admin__listen="127.0.0.1:0", **named)],
            env=environment, capture_output=True, text=True, timeout=30)
        self.assertGreater(done.returncode, 0, done.stderr)
        self.assertNotIn("serving", done.stderr)
        return done.stderr

    def test_files_that_cannot_be_used_are_named(self):
        certificate, key = self.good
        for pair, culprit in (((self.nothing, key), self.nothing),
                              ((certificate, self.nothing), self.nothing),
                              ((self.garbage, key), self.garbage),
                              ((certificate, self.garbage), self.garbage),
                              ((key, key), key),
                              ((certificate, certificate), certificate),
                              ((certificate, self.other[1]), self.other[1])):
            said = self.start_with(server__tls_certificate=pair[0],
                                   server__tls_private_key=pair[1])
            self.assertIn(culprit, said)

    def test_one_of_the_two_is_not_enough(self):
        for name, value in (("server__tls_certificate", self.good[0]),
                            ("server__tls_private_key", self.good[1])):
            self.assertIn("expected both or neither", self.start_with(**{name: value}))


if __name__ == "__main__":
    main("__main__")
