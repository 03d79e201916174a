"""Little space left: writes wait, reads do not, and nothing is lost. `storage_test.py BINARY`.

On a disk of its own: 64 MiB of memory, mounted where only this process and the server see it.
"""

import ctypes
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support.server import Server, customer, event
from wire import WireCase, main, settings

ORGANIZATIONS = "/api/v1/organizations"
MAIN = ORGANIZATIONS + "/org_main"
DISK_BYTES = 64 << 20
WATERMARK_BYTES = 24 << 20
RECOVERY_SECONDS_MAX = 10


class SmallServer(Server):
    """For a small disk, each of its commands too."""

    def environment(self):
        return super().environment() | {
            "BURSAR_JOURNAL_FREE_BYTES_MIN": str(WATERMARK_BYTES),
            "BURSAR_JOURNAL_BALLAST_BYTES": str(1 << 20),
            "BURSAR_JOURNAL_WRITE_BUFFER_BYTES": str(1 << 20),
            "BURSAR_JOURNAL_BLOCK_CACHE_BYTES": str(1 << 20)}


def private_mounts():
    """Whether this process could take a name space of mounts for itself."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_mounts, new_users = 0x00020000, 0x10000000
    if os.geteuid() == 0:
        taken = libc.unshare(new_mounts) == 0
    else:
        user, group = os.geteuid(), os.getegid()
        taken = libc.unshare(new_users | new_mounts) == 0
        if taken:
            for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                               ("gid_map", f"0 {group} 1")):
                with open("/proc/self/" + name, "w", encoding="ascii") as file:
                    file.write(text)
    return taken and subprocess.run(["mount", "--make-rprivate", "/"], check=False).returncode == 0


class StorageTest(unittest.TestCase):
    def setUp(self):
        self.disk = tempfile.mkdtemp(prefix="bursar-disk-")
        self.addCleanup(os.rmdir, self.disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", self.disk],
                       check=True)
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)
        # Temporary directories are made on it, the server's too.
        tempfile.tempdir = self.disk
        self.addCleanup(setattr, tempfile, "tempdir", None)
        self.filler = os.path.join(self.disk, "filler")
        self.server = SmallServer(WireCase.binary)
        self.addCleanup(self.server.remove)
        self.call = self.server.call
        self.assertEqual(self.call("POST", ORGANIZATIONS, {"id": "org_main", "name": "M",
                                                           "stripe_customer_ids": ["cus_main"]})[0],
                         201)

    def free(self):
        disk = os.statvfs(self.disk)
        return disk.f_bavail * disk.f_frsize

    def fill(self, left):
        """Leaves so many bytes free."""
        with open(self.filler, "ab") as file:
            size = os.path.getsize(self.filler)
            os.posix_fallocate(file.fileno(), 0, size + self.free() - left)
        self.assertLessEqual(self.free(), left)

    def empty(self):
        os.unlink(self.filler)

    def ready(self):
        return self.call("GET", "/health/ready", key=None)[1]

    def wait_for_storage(self, low):
        deadline = time.monotonic() + RECOVERY_SECONDS_MAX
        while self.ready()["storage_low"] != low:
            self.assertLess(time.monotonic(), deadline)

    def refused(self, answer):
        self.assertEqual((answer[0], answer[1].get("code")), (503, "storage_low"), answer[1])
        self.assertGreaterEqual(int(answer[2]["Retry-After"]), 1)

    def test_writes_are_refused_and_reads_answered_until_space_comes_back(self):
        waiting = event("evt_main", "customer.updated", customer("cus_main"))
        parked = event("evt_none", "customer.updated", customer("cus_nobody"))
        for cycle in range(5):
            self.fill(WATERMARK_BYTES - (4 << 20))
            self.wait_for_storage(True)
            length = self.ready()["position"]
            rename = {"name": f"Renamed {cycle}"}
            key = {"Idempotency-Key": f"rename-{cycle}"}
            for _ in range(3):
                self.refused(self.call("PATCH", MAIN, rename, headers=key))
                self.refused(self.call("POST", ORGANIZATIONS, {"name": "New"}))
                self.refused(self.call("POST", "/api/v1/api-keys", {"role": "platform_admin"}))
                self.refused(self.call("POST", "/api/v1/credit-products", {
                    "id": f"pack_{cycle}", "name": "P", "credits": 5, "prices": [
                        {"currency": "usd", "amount": 100}]}))
                self.refused(self.server.webhook(waiting | {"id": f"evt_main_{cycle}"}))
                self.refused(self.server.webhook(parked | {"id": f"evt_none_{cycle}"}))
                for path in (MAIN, MAIN + "/state", MAIN + "/events", MAIN + "/verify",
                             ORGANIZATIONS, "/api/v1/webhooks/inbox", "/api/v1/plans"):
                    self.assertEqual(self.call("GET", path)[0], 200, path)
            self.assertEqual(self.ready()["position"], length)
            self.empty()
            self.wait_for_storage(False)
            # The same requests, as their callers repeat them.
            renamed = self.call("PATCH", MAIN, rename, headers=key)
            self.assertEqual((renamed[0], renamed[1]["name"]), (200, rename["name"]))
            self.assertNotIn("Idempotent-Replayed", renamed[2])
            for thing in (waiting | {"id": f"evt_main_{cycle}"},
                          parked | {"id": f"evt_none_{cycle}"}):
                self.assertEqual(self.server.webhook(thing)[:2], (200, {"received": True}))
            self.assertEqual(self.ready()["position"], length + 3)
        self.assertIsNone(self.server.process.poll())
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.server.audit()[0], 0)

    def test_filling_it_up_by_writing_ends_at_the_watermark(self):
        acknowledged = 0
        connection = self.server.connection()
        metadata = {f"k{i}": "v" * 500 for i in range(50)}
        self.fill(WATERMARK_BYTES + (6 << 20))
        for n in range(5000):
            body = {"metadata": metadata | {"k0": str(n)}}
            got = connection.call("PATCH", MAIN, body)
            if got[0] != 200:
                break
            acknowledged += 1
        self.refused(got)
        self.assertGreater(acknowledged, 50)
        self.assertGreater(self.free(), WATERMARK_BYTES - (20 << 20))
        self.assertEqual(connection.call("GET", MAIN)[1]["sequence"], 1 + acknowledged)
        connection.close()
        # A restart does not change what is there, nor that writes have to wait.
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.server.audit()[0], 0)
        self.server.start()
        self.assertEqual(self.call("GET", MAIN)[1]["sequence"], 1 + acknowledged)
        if self.ready()["storage_low"]:
            self.refused(self.call("PATCH", MAIN, {"name": "x"}))
        self.empty()
        self.wait_for_storage(False)
        self.assertEqual(self.call("PATCH", MAIN, {"name": "x"})[0], 200)

    def test_a_full_disk_loses_nothing_and_room_ends_it(self):
        self.fill(0)
        self.wait_for_storage(True)
        self.refused(self.call("PATCH", MAIN, {"name": "x"}))
        self.assertEqual(self.call("GET", MAIN)[0], 200)
        # The end on a full disk is an end, not a crash; what was there is there afterwards.
        self.assertIn(self.server.stop(), (0, 3))
        self.empty()
        self.assertEqual(self.server.audit()[0], 0)
        self.server.start()
        self.assertEqual(self.call("PATCH", MAIN, {"name": "x"})[0], 200)

    def test_a_start_without_room_says_so_and_harms_nothing(self):
        self.assertEqual(self.server.stop(), 0)
        self.fill(0)
        self.server.spawn()
        self.assertEqual(self.server.process.wait(30), 3)
        self.assertIn(b"0 are free", self.server.said())
        self.assertIn(b"ballast", self.server.said())
        self.empty()
        self.assertEqual(self.server.audit()[0], 0)
        self.server.start()
        self.assertEqual(self.call("PATCH", MAIN, {"name": "x"})[0], 200)


class WatermarkTest(unittest.TestCase):
    """A watermark above what any disk has: the same answers, without a disk of one's own."""

    def test_what_is_below_the_watermark_from_the_start_is_readable(self):
        server = Server(WireCase.binary)
        try:
            self.assertEqual(server.call("POST", ORGANIZATIONS, {"id": "org_main", "name": "M"})[0],
                             201)
            self.assertEqual(server.stop(), 0)
            server.arguments = settings(journal__free_bytes_min=1 << 40)
            server.start()
            self.assertEqual(server.call("GET", MAIN)[0], 200)
            self.assertTrue(server.call("GET", "/health/ready", key=None)[1]["storage_low"])
            answer = server.call("PATCH", MAIN, {"name": "x"})
            self.assertEqual((answer[0], answer[1]["code"]), (503, "storage_low"))
            self.assertIn("Retry-After", answer[2])
            self.assertEqual(server.stop(), 0)
            server.arguments = ()
            server.start()
            self.assertEqual(server.call("PATCH", MAIN, {"name": "x"})[0], 200)
        finally:
            server.remove()


if __name__ == "__main__":
    if not private_mounts():
        print("no disk of one's own here: only the watermark is tested", file=sys.stderr)
        del StorageTest
    main("__main__")
