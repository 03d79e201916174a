"""Stored bytes that somebody changed: refused, or named by the audit, and never served as if right.

    tamper_test.py BINARY [--seed N] [--flips 10]

A session leaves a stopped and a killed directory. Copies of them are damaged: bytes flipped in
every kind of file, logs cut and removed, older copies put back, events rewritten or exchanged with
all of RocksDB's checksums right. Then either `serve` refuses with a message, or `audit verify`
ends with 1; if both are content, everything acknowledged must be there and equal.
"""

import argparse
import glob
import hashlib
import os
import random
import shutil
import sys
import unittest
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import operations
import wal
from oracle import Oracle
from support.server import Server

ARGUMENTS = None
ORGANIZATIONS = ("org_a", "org_b")
# Never read back: RocksDB's own log and settings, the lock, the file that only takes up space.
NOT_BELIEVED = ("LOG", "OPTIONS", "LOCK", "IDENTITY", "ballast")
PAGES = ("", "/events?limit=1000", "/mirror/stripe")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def files(data, pattern):
    """By age: numbers have one width."""
    return sorted(glob.glob(os.path.join(data, "journal", pattern)))


def newest_log(data):
    return files(data, "*.log")[-1]


def show(server):
    """What a server says of everybody: status and content of each page."""
    connection = server.connection()
    out = {(name, page): connection.call("GET", f"/api/v1/organizations/{name}{page}")[:2]
           for name in ORGANIZATIONS for page in PAGES}
    connection.close()
    return out


class Session:
    """A directory with tables, a log and a head file, what it holds, and older copies of it."""

    def __init__(self, killed, head_file=None):
        self.settings = ("--set", f"journal.head_file={head_file}") if head_file else ()
        self.server = Server(ARGUMENTS.binary, *self.settings, start=False, key=False)
        _, self.key = self.server.create_key(
            {"BURSAR_JOURNAL_HEAD_FILE": head_file} if head_file else None)
        self.server.key = self.key
        self.server.start()
        self.play(1)
        self.server.stop()
        self.server.start()
        self.play(2)
        self.older = self.server.data + "-older"
        self.server.kill()
        shutil.copytree(self.server.data, self.older)
        self.server.start()
        self.play(3)
        self.shown = show(self.server)
        if killed:
            self.server.kill()
        else:
            self.server.stop()
        self.data = self.server.data
        os.remove(os.path.join(self.data, "ballast"))

    def play(self, part):
        """The last part is in the log alone; its e-mail changes are equally long."""
        connection, oracle = self.server.connection(), Oracle()
        at = 1_700_000_000 + 1000 * part
        todo = []
        for name in ORGANIZATIONS:
            customer = name.replace("org", "cus")
            todo += [operations.create(name, "k_" + name, "N", [customer])] if part == 1 else []
            todo += operations.purchase(name, customer, f"{name}_{part}", 500, "usd", 200, at)
            todo += [operations.email_change(name, customer, f"{name}_{part}_e{n}", at + 100 + n)
                     for n in range(2)]
        for operation in todo:
            operations.send(connection, oracle, operation)
        if oracle.faults:
            raise AssertionError(oracle.faults)
        connection.close()

    def stored(self, name):
        """Events of an organization as they are stored: previous ‖ hash ‖ JSON, by sequence."""
        done = self.server.command("audit", "timeline", name, "--data", self.data, "--json",
                                   environment=self.environment())
        out = {}
        for sequence, line in enumerate(done.stdout.splitlines(), 1):
            text, _, hashes = line.partition(',"hash":"')
            digest, previous = hashes[:64], hashes[-66:-2]
            out[sequence] = bytes.fromhex(previous + digest) + text.encode() + b"}"
        return out

    def environment(self):
        return {"BURSAR_JOURNAL_HEAD_FILE": self.settings[1].partition("=")[2]} \
            if self.settings else None


class TamperTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.random = random.Random(ARGUMENTS.seed)
        cls.sessions = {"stopped": Session(False), "killed": Session(True)}
        cls.tally = Counter()

    @classmethod
    def tearDownClass(cls):
        for session in cls.sessions.values():
            session.server.remove()
        print(f"seed {ARGUMENTS.seed}:",
              ", ".join(f"{count} {what}" for what, count in sorted(cls.tally.items())))

    # -- judging ---

    def judge(self, session, change, what, detected=True, names=None):
        """Damages a copy. `detected`: it must be noticed; `names`: as one of these events."""
        server = Server(ARGUMENTS.binary, *session.settings, start=False, key=False)
        server.key = session.key
        shutil.copytree(session.data, server.data)
        change(server.data)
        with self.subTest(what):
            try:
                self.judge_audit(server, names)
                refused = self.judge_server(server, session)
            finally:
                server.remove()
            noticed = refused or self.audit[0] != 0
            self.assertTrue(noticed or not detected, "nobody noticed")
            self.tally[("refused" if refused else "served") + (
                ", in the audit" if self.audit[0] else ", not in the audit")] += 1

    def judge_audit(self, server, names):
        self.audit = server.audit()
        code, found = self.audit
        self.assertEqual(code == 0, found["verified"], found)
        self.assertTrue(found["verified"] or found["faults"] or found.get("message"), found)
        if names:
            named = [(f["organization"], f["sequence"]) for f in found["faults"]]
            self.assertTrue(set(names) & set(named), (names, found))

    def judge_server(self, server, session):
        """Whether it refused. What it serves is what was acknowledged, or an error."""
        server.spawn()
        if not server.wait_ready():
            self.assertNotEqual(server.process.returncode, 0)
            self.assertTrue(server.said().strip(), "refused without a word")
            self.tally["ended by an assertion"] += server.process.returncode < 0
            return True
        for page, (status, content) in show(server).items():
            if self.audit[0] != 0 and status == 503:
                continue
            self.assertEqual((status, content), session.shown[page], page)
        return False

    def each(self, change, what, **more):
        for name, session in self.sessions.items():
            self.judge(session, change, f"{what}, {name}", **more)

    # -- bytes ---

    def test_nothing_changed_is_no_damage(self):
        for session in self.sessions.values():
            self.judge(session, lambda data: None, "nothing", detected=False)
            self.assertEqual(self.audit[0], 0)

    def flip(self, relative, size):
        for _ in range(ARGUMENTS.flips):
            at, bit = self.random.randrange(size), 1 << self.random.randrange(8)

            def change(data):
                path = os.path.join(data, relative)
                content = bytearray(read(path))
                content[at] ^= bit
                write(path, content)
            yield change, f"{relative} byte {at} bit {bit}"

    def test_a_flipped_bit_of_any_file_is_noticed_or_harmless(self):
        for name, session in self.sessions.items():
            believed = ["head"] + [os.path.relpath(path, session.data)
                                   for path in files(session.data, "*")
                                   if not os.path.basename(path).startswith(NOT_BELIEVED)]
            for relative in believed:
                size = os.path.getsize(os.path.join(session.data, relative))
                for change, what in self.flip(relative, size) if size else ():
                    self.judge(session, change, f"{what}, {name}", detected=False)

    def test_a_flipped_bit_of_events_in_a_table_is_named_by_organization_and_sequence(self):
        for name, session in self.sessions.items():
            tables = [(path, read(path).find(b"recorded_at")) for path in
                      files(session.data, "*.sst")]
            held = [(os.path.relpath(path, session.data), at) for path, at in tables if at >= 0]
            self.assertTrue(held)
            for relative, at in held:
                def change(data):
                    path = os.path.join(data, relative)
                    content = bytearray(read(path))
                    content[at] ^= 1
                    write(path, content)
                self.judge(session, change, f"{relative} byte {at}, {name}")
                named = [f for f in self.audit[1]["faults"] if f["organization"] and f["sequence"]]
                self.assertTrue(named, self.audit)

    def test_a_flipped_bit_of_events_in_the_log_is_named_by_organization_and_sequence(self):
        for name, session in self.sessions.items():
            log = read(newest_log(session.data))
            for organization in ORGANIZATIONS:
                for sequence, stored in self.in_log(session, organization)[-2:]:
                    for inside in (10, 40, len(stored) // 2, len(stored) - 1):
                        at = log.find(stored)  # not where a block ends within it
                        if at < 0:
                            continue

                        def change(data):
                            content = bytearray(log)
                            content[at + inside] ^= 1
                            write(newest_log(data), content)
                        self.judge(session, change, f"{organization} {sequence}+{inside}, {name}",
                                   names=[(organization, sequence)])

    # -- files ---

    def test_a_log_that_lost_its_end_is_noticed(self):
        for cut in (1, 7, 100, 2000):
            self.each(lambda data, cut=cut: write(newest_log(data), read(newest_log(data))[:-cut]),
                      f"{cut} bytes less")
        self.each(lambda data: write(newest_log(data), b""), "an empty log")
        self.each(lambda data: os.remove(newest_log(data)), "no log")

    def test_a_file_that_is_missing_or_short_is_noticed(self):
        for session in self.sessions.values():
            for path in files(session.data, "*.sst") + files(session.data, "MANIFEST*") \
                    + files(session.data, "CURRENT"):
                relative = os.path.relpath(path, session.data)
                self.judge(session, lambda data: os.remove(os.path.join(data, relative)),
                           f"no {relative}")
                self.judge(session, lambda data: write(os.path.join(data, relative),
                                                       read(path)[:-20]), f"short {relative}")
        self.each(lambda data: os.remove(os.path.join(data, "head")), "no head file")
        self.each(lambda data: write(os.path.join(data, "head"), b""), "an empty head file")
        self.each(lambda data: shutil.rmtree(os.path.join(data, "journal")), "no database")

    def test_files_of_another_directory_are_noticed(self):
        one, other = self.sessions["stopped"], self.sessions["killed"]
        self.judge(one, lambda data: shutil.copy(os.path.join(other.data, "head"), data),
                   "another's head")
        log = newest_log(other.data)
        self.judge(one, lambda data: write(newest_log(data), read(log)), "another's log")
        for mine, theirs in zip(files(one.data, "*.sst"), files(other.data, "*.sst")):
            relative = os.path.relpath(mine, one.data)
            self.judge(one, lambda data: shutil.copy(theirs, os.path.join(data, relative)),
                       f"another's {relative}")

    # -- time ---

    def test_an_older_copy_of_the_database_is_noticed_by_the_head_file(self):
        for name, session in self.sessions.items():
            def older(data):
                shutil.rmtree(os.path.join(data, "journal"))
                shutil.copytree(os.path.join(session.older, "journal"),
                                os.path.join(data, "journal"))
            self.judge(session, older, f"older database, {name}")

    def test_an_older_copy_of_everything_is_noticed_by_a_head_file_elsewhere(self):
        elsewhere = Server(ARGUMENTS.binary, start=False, key=False)
        session = Session(False, os.path.join(elsewhere.folder, "head"))

        server = Server(ARGUMENTS.binary, *session.settings, start=False, key=False)
        shutil.copytree(session.older, server.data)
        done = server.command("audit", "verify", "--data", server.data,
                              environment=session.environment())
        self.assertEqual(done.returncode, 1, done)
        server.spawn()
        self.assertFalse(server.wait_ready())
        self.assertIn(b"position", server.said())
        for one in (server, session.server, elsewhere):
            one.remove()

    # -- events, with the log's checksums right ---

    def rewrite(self, change):
        def damage(data):
            path = newest_log(data)
            write(path, wal.log_of(change(wal.payloads(read(path)))))
        return damage

    def replace(self, *pairs):
        """Exchanges bytes for as many others in every record that has them."""
        def change(records):
            out = []
            for record in records:
                for old, new in pairs:
                    self.assertEqual(len(old), len(new))
                    record = record.replace(old, new)
                out.append(record)
            self.assertNotEqual(out, records)
            return out
        return self.rewrite(change)

    def test_a_rewritten_event_is_named(self):
        for session in self.sessions.values():
            for name in ORGANIZATIONS:
                for sequence, stored in self.in_log(session, name):
                    changed = stored.replace(b'"recorded_at":"2', b'"recorded_at":"1')
                    self.judge(session, self.replace((stored, changed)),
                               f"{name} {sequence} rewritten", names=[(name, sequence)])

    def test_a_rewritten_event_with_a_hash_that_fits_is_named(self):
        """Or the one after it, which does not follow it any more."""
        for session in self.sessions.values():
            for name in ORGANIZATIONS:
                for sequence, stored in self.in_log(session, name):
                    text = stored[64:].replace(b'"recorded_at":"2', b'"recorded_at":"1')
                    digest = hashlib.sha256(stored[:32] + text).digest()
                    self.judge(session, self.replace((stored, stored[:32] + digest + text)),
                               f"{name} {sequence} with its hash",
                               names=[(name, sequence), (name, sequence + 1)])

    def test_exchanged_events_are_named(self):
        for session in self.sessions.values():
            for name in ORGANIZATIONS:
                same = [(s, e) for s, e in self.in_log(session, name) if b"customer.updated" in e]
                (one, first), (two, second) = same[-2:]
                between = b"\0" * len(first)
                swap = self.replace((first, between), (second, first), (between, second))
                self.judge(session, swap, f"{name} {one} and {two} exchanged",
                           names=[(name, one)])

    def in_log(self, session, name):
        """(sequence, stored bytes) of the events that are in the log."""
        log = read(newest_log(session.data))
        found = [(s, e) for s, e in session.stored(name).items() if e in log]
        self.assertGreater(len(found), 5)
        return found

    def test_a_removed_repeated_or_moved_write_is_noticed_or_harmless(self):
        for name, session in self.sessions.items():
            count = len(wal.payloads(read(newest_log(session.data))))
            for n in range(count):
                self.judge(session, self.rewrite(lambda r: r[:n] + r[n + 1:]),
                           f"write {n} removed, {name}")
                self.judge(session, self.rewrite(lambda r: r[:n + 1] + r[n:]),
                           f"write {n} repeated, {name}", detected=False)
                self.judge(session, self.rewrite(lambda r: r[:n] + r[n:n + 2][::-1] + r[n + 2:]),
                           f"writes {n} and {n + 1} exchanged, {name}", detected=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--flips", type=int, default=10)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
