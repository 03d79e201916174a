"""A server of one's own for black box tests: start, speak to, kill, stop, start again.

Every start takes a free port; what the process says is kept in one log beside its data.
"""

import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SECRET = "whsec_" + "ab" * 20
ACCOUNT = "acct_1"
START_SECONDS_MAX = 30
SERVING = re.compile(rb'info serving [^\n]*?\bport="(\d+)"')


class Connection:
    """One keep-alive connection. What goes wrong on it is an OSError or an HTTPException."""

    def __init__(self, port, key, timeout_seconds=30):
        self.key = key
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)

    def call(self, method, path, body=None, key="", headers=None):
        """Status, JSON or text, and header fields."""
        sent = dict(headers or {})
        if key is not None:
            sent.setdefault("Authorization", "Bearer " + (key or self.key))
        if method in ("POST", "PATCH", "DELETE") and not path.startswith("/webhooks"):
            sent.setdefault("Idempotency-Key", os.urandom(8).hex())
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        self.http.request(method, path, body, {k: v for k, v in sent.items() if v is not None})
        answer = self.http.getresponse()
        text = answer.read()
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status, json.loads(text) if is_json and text else text, answer.headers

    def webhook(self, event, secret=SECRET, at=None, body=None):
        body = json.dumps(event).encode() if body is None else body
        at = int(time.time()) if at is None else at
        signature = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
        return self.call("POST", "/webhooks/stripe", body, key=None, headers={
            "Stripe-Signature": f"t={at},v1={signature}", "Content-Type": "application/json"})

    def rows(self, path):
        """All rows of a list, page by page."""
        out, cursor = [], ""
        while cursor is not None:
            status, page, _ = self.call("GET", path + (cursor and "&cursor=" + cursor))
            if status != 200:
                raise AssertionError(f"GET {path}: {status} {page}")
            out += page["data"]
            cursor = page["next_cursor"]
        return out

    def close(self):
        self.http.close()


class Server:
    """One process at a time on a directory of its own."""

    def __init__(self, binary, *arguments, start=True, key=True):
        self.binary = binary
        self.folder = tempfile.mkdtemp(prefix="bursar-test-")
        self.data = os.path.join(self.folder, "data")
        self.log = os.path.join(self.folder, "log")
        self.arguments = arguments
        self.process = None
        self.port = 0
        self.key = self.create_key()[1] if key else ""
        if start:
            self.start()

    def environment(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BURSAR_", "STRIPE_"))}
        return kept | {"STRIPE_WEBHOOK_SECRET": SECRET, "BURSAR_STRIPE_ACCOUNT": ACCOUNT,
                       "BURSAR_ADMIN_LISTEN": "127.0.0.1:0"}

    def command(self, *arguments, seconds=60, environment=None):
        return subprocess.run([self.binary, *arguments], text=True, capture_output=True,
                              env=self.environment() | (environment or {}), errors="replace",
                              timeout=seconds)

    def create_key(self, environment=None):
        """Exit status and the key that was printed; makes the directory."""
        done = self.command("keys", "create", "--data", self.data, "--role", "platform_admin",
                            environment=environment)
        return done.returncode, done.stdout.strip()

    def audit(self):
        """Exit status and findings of `bursar audit verify`."""
        done = self.command("audit", "verify", "--data", self.data, "--json", seconds=300)
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, {"verified": False, "faults": [], "message": done.stderr}

    # -- its life ---

    def spawn(self, environment=None):
        """Starts the process and does not wait for it."""
        with open(self.log, "ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(
                [self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:0",
                 *self.arguments], env=self.environment() | (environment or {}),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def said(self):
        """What this process said."""
        with open(self.log, "rb") as log:
            log.seek(self.log_start)
            return log.read()

    def wait_ready(self):
        """Whether the process became ready; if not, it ended."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            found = SERVING.search(self.said())
            if found and not ended:
                self.port = int(found.group(1))
                try:
                    return self.call("GET", "/health/ready", key=None)[0] == 200
                except (OSError, http.client.HTTPException):
                    found = None
            if ended:
                return False
            time.sleep(0.002)
        raise AssertionError(f"not ready after {START_SECONDS_MAX} s: {self.log}")

    def start(self, environment=None):
        self.spawn(environment)
        if not self.wait_ready():
            raise AssertionError("the server did not start: " + self.said().decode()[-2000:])

    def kill(self):
        """kill -9; answers how it ended, which may have been before."""
        self.process.kill()
        return self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def remove(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)

    # -- requests, each on a connection of its own ---

    def connection(self):
        return Connection(self.port, self.key)

    def call(self, *arguments, **more):
        connection = self.connection()
        try:
            return connection.call(*arguments, **more)
        finally:
            connection.close()

    def webhook(self, *arguments, **more):
        connection = self.connection()
        try:
            return connection.webhook(*arguments, **more)
        finally:
            connection.close()

    def raw(self, data):
        """What comes back for these bytes, until the server closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
            s.sendall(data)
            s.settimeout(0.5)
            got = b""
            try:
                while part := s.recv(65536):
                    got += part
            except TimeoutError:
                pass
            return got


def event(name, kind, thing, created=1_700_000_000, **more):
    return {"id": name, "object": "event", "type": kind, "created": created, "livemode": True,
            "api_version": "2024-06-20", "data": {"object": thing}} | more


def customer(name, organization=None):
    metadata = {"organization_id": organization} if organization else {}
    return {"id": name, "object": "customer", "email": "a@b.example", "balance": 0,
            "delinquent": False, "metadata": metadata, "livemode": True}
