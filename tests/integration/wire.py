"""HTTP as bytes on a socket, and a server that must be unharmed by them."""

import hashlib
import hmac
import os
import re
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support.server import SECRET, Server

HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n")
METRICS_PORT = re.compile(rb'\bmetrics_port="(\d+)"')


def settings(**named):
    """Arguments of the program: settings(http__head_seconds_max=1)."""
    out = []
    for name, value in named.items():
        out += ["--set", f"{name.replace('__', '.')}={value}"]
    return out


def signature_of(body, secret=SECRET, at=None):
    at = int(time.time()) if at is None else at
    value = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={value}"


def request(method, path, *fields, body=b"", key=None, version=b"1.1"):
    """The bytes of a request; Content-Length is added to a body unless a field frames it."""
    head = [f"{method} {path} HTTP/".encode() + version, b"Host: a"]
    head += [field if isinstance(field, bytes) else field.encode() for field in fields]
    if key:
        head += [f"Authorization: Bearer {key}".encode()]
    framed = any(field.lower().startswith((b"content-length", b"transfer-encoding"))
                 for field in head)
    if body and not framed:
        head += [b"Content-Length: %d" % len(body)]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


class Wire:
    """A socket to the server that keeps what came, and knows answers by their framing."""

    def __init__(self, port, seconds=15):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.came = b""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def more(self):
        """Whether more came; false once the server has closed."""
        try:
            part = self.socket.recv(1 << 20)
        except ConnectionError:
            part = b""
        self.came += part
        return bool(part)

    def answer(self):
        """Status, fields and body of the next answer; None when the server closed instead."""
        while not (found := HEAD.match(self.came)):
            if not self.more():
                return None
        fields = dict(line.split(b": ", 1) for line in found.group(2).split(b"\r\n") if line)
        size = int(fields.get(b"Content-Length", 0))
        while len(self.came) < found.end() + size:
            if not self.more():
                return None
        body = self.came[found.end():found.end() + size]
        self.came = self.came[found.end() + size:]
        named = {name.decode().lower(): value.decode() for name, value in fields.items()}
        return int(found.group(1)), named, body

    def closed(self):
        """Waits for the end; whether nothing more came before it."""
        while self.more():
            pass
        return not self.came


class WireCase(unittest.TestCase):
    """One server for the class, with its settings; unharmed() after each attempt on it."""

    binary = ""
    settings = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.binary, *cls.settings)
        cls.call = staticmethod(cls.server.call)
        status = cls.call("POST", "/api/v1/organizations", {"id": "org_main", "name": "Main"})[0]
        assert status == 201, status

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        verified = cls.server.audit()
        cls.server.remove()
        assert (code, verified[0]) == (0, 0), (code, verified)

    def wire(self, seconds=15):
        return Wire(self.server.port, seconds)

    def feed(self, wire, pieces, pause):
        """Sends piece after piece until the server has had enough; its answer, and how long."""
        begin = time.monotonic()
        wire.socket.settimeout(pause)
        for piece in pieces:
            try:
                wire.send(piece)
                if not wire.more():
                    break
            except TimeoutError:
                pass
            except OSError:
                break
            if wire.came:
                break
        wire.socket.settimeout(10)
        return wire.answer(), time.monotonic() - begin

    def length(self):
        """Events in the journal."""
        return self.call("GET", "/health/ready", key=None)[1]["position"]

    def unharmed(self, length, note=None):
        """Nothing was written, the process lives, and a fresh connection is served."""
        self.assertIsNone(self.server.process.poll(), note)
        answer = self.call("GET", "/health/ready", key=None)
        self.assertEqual((answer[0], answer[1].get("position")), (200, length), note)

    def metric(self, name):
        port = int(METRICS_PORT.search(self.server.said()).group(1))
        with Wire(port) as wire:
            text = wire.send(request("GET", "/metrics")).answer()[2].decode()
        return int(float(re.search(rf"^{name} (\S+)$", text, re.M).group(1)))

    def memory(self):
        """Resident bytes of the server."""
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) * 1024

    def refused(self, data, status, code=None):
        """These bytes get exactly this one answer, then the connection is closed."""
        length = self.length()
        with self.wire() as wire:
            got = wire.send(data).answer()
            self.assertIsNotNone(got, data[:80])
            self.assertEqual(got[0], status, (data[:80], got[2][:200]))
            if code:
                self.assertIn(b'"code":"%s"' % code.encode(), got[2], data[:80])
            self.assertEqual(got[1]["connection"], "close", data[:80])
            self.assertTrue(wire.closed(), (data[:80], wire.came[:200]))
        self.unharmed(length, data[:80])
        return got


def main(namespace):
    """`python3 x_test.py BINARY [unittest's arguments]`"""
    WireCase.binary = os.path.abspath(sys.argv.pop(1))
    unittest.main(module=namespace, verbosity=1)
