"""A kill at every call that changes a file: before it, and in the middle of what it writes.

    boundary_test.py BINARY SHIM [--modes before,torn] [--every 1] [--at LIFE,CALL]

One client plays a script: a key made on an empty directory; organizations, webhooks, a change, a
webhook that waits for its customer, bodies large enough for a flush, SIGTERM; a second start with
one more webhook, kill -9; a recovery with one more. Each of these lives is killed at its first,
second, third … call until it is lived to its end. After each kill the program starts, everything
is sent again under the same ids, the rest of the script is played, and the oracle judges.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import operations
from operations import UNAVAILABLE
from oracle import Oracle
from support.server import Server

WORKERS = 2
PLAYS_AT_ONCE = 4
LIVES = ("keys create", "first start", "second start", "recovery")
KILLED_LIFE = 2                 # ends with kill -9, the others with SIGTERM
SETTINGS = ("--set", "journal.write_buffer_bytes=1048576",
            "--set", "actors.snapshot_interval_events=4")
# Packed bodies of this kind stay large: three fill the write buffer.
LARGE = 400_000


def script():
    """The operations of each life of the server."""
    email = operations.email_change
    first = [operations.create("org_a", "k1", "A", ["cus_a"]),
             *operations.purchase("org_a", "cus_a", "p1", 500, "usd", 200, 1_700_000_000),
             operations.update("org_a", "k2", name="B"),
             email("org_b", "cus_b", "e1", 1_700_000_100)]
    claim = operations.create("org_b", "k3", "B", ["cus_b"])
    first[-1].claim = claim
    first.append(claim)
    for n in range(3):
        large = email("org_a", "cus_a", f"large{n}", 1_700_000_200 + n)
        large.body["data"]["object"]["description"] = os.urandom(LARGE // 2).hex()
        first.append(large)
    return [first, [email("org_b", "cus_b", "e2", 1_700_000_300)],
            [operations.update("org_b", "k4", name="C")]]


class Session:
    """One play of the script that is killed at one call of one life."""

    def __init__(self, binary, shim, life, mode, at):
        self.server = Server(binary, *SETTINGS, start=False, key=False)
        self.oracle = Oracle()
        self.script = script()
        self.shimmed = {"LD_PRELOAD": shim, "BOUNDARY_ROOT": self.server.data,
                        "BOUNDARY_AT": str(at), "BOUNDARY_MODE": mode}
        self.life = life
        self.sent = []

    def play(self):
        """Whether the kill came; False: the life has fewer calls."""
        killed = self.make_key()
        # How the directory was made matters to its first server only.
        lives = self.script[:1] if self.life == 0 else self.script
        for number, life in enumerate(lives, 1):
            killed |= self.live(life, number)
        self.oracle.observe_audit(*self.server.audit())
        self.server.start()
        self.judge()
        if (code := self.server.stop()) != 0:
            self.oracle.fault(f"the program does not stop: {code}")
        return killed

    def make_key(self):
        code, self.server.key = self.server.create_key(self.shimmed if self.life == 0 else None)
        killed = code == -9
        if killed:
            code, self.server.key = self.server.create_key()
        if code != 0:
            self.oracle.fault(f"keys create ends with {code}")
        return killed

    def live(self, life, number):
        """Starts, sends, ends. Killed meanwhile, it starts again and sends everything again."""
        by_kill = number == KILLED_LIFE
        if number == self.life:
            self.server.spawn(self.shimmed)
            try:
                if self.server.wait_ready() and self.send(life) and self.end(by_kill) == 0:
                    return False
            except UNAVAILABLE:
                pass
            if (code := self.server.process.wait()) != -9:
                self.oracle.fault(f"the program ends with {code}: {self.server.said()[-500:]}")
            self.oracle.observe_audit(*self.server.audit())
        self.server.start()
        self.send(self.sent + [o for o in life if o not in self.sent])
        if number >= self.life:
            self.judge()
        if (code := self.end(by_kill)) != 0:
            self.oracle.fault(f"the program ends with {code}: {self.server.said()[-500:]}")
        return number == self.life

    def send(self, operations_to_send):
        connection = self.server.connection()
        for operation in operations_to_send:
            if operation not in self.sent:
                self.sent.append(operation)
            if not operations.send(connection, self.oracle, operation):
                self.oracle.fault(f"{operation} is not accepted")
            if operation.kind == "create":
                # What waited for it is to be there before the next call is counted.
                operations.look(connection, self.oracle, operation.organization)
        connection.close()
        return True

    def end(self, by_kill):
        """0: it ended as it was told to."""
        if not by_kill:
            return self.server.stop()
        ended_before = self.server.process.poll()
        self.server.kill()
        return ended_before or 0

    def judge(self):
        """Everything, from its start."""
        connection = self.server.connection()
        for name, history in self.oracle.histories.items():
            history.forget()
            operations.look(connection, self.oracle, name)
            operations.look_at_mirror(connection, self.oracle, name)
        for status in ("parked", "dead"):
            if rows := connection.rows(f"/api/v1/webhooks/inbox?limit=10&status={status}"):
                self.oracle.fault(f"webhooks are {status}: {rows}")
        connection.close()


class Sweep:
    def __init__(self, arguments):
        self.arguments = arguments
        self.faults = []
        self.kills = 0

    def play(self, life, mode, at):
        """Whether there may be a later call."""
        session = Session(self.arguments.binary, self.arguments.shim, life, mode, at)
        try:
            killed = session.play()
        except (AssertionError, *UNAVAILABLE) as error:
            session.oracle.fault(f"{type(error).__name__}: {error}")
            killed = True
        if session.oracle.faults:
            if session.server.process and session.server.process.poll() is None:
                session.server.kill()
            self.faults.append(f"{LIVES[life]}, {mode} call {at}, kept {session.server.folder}: "
                               + "; ".join(session.oracle.faults[:5]))
        else:
            session.server.remove()
        return killed

    def sweep(self, life, mode):
        began, at, kills = time.monotonic(), 1, 0
        step = self.arguments.every
        with ThreadPoolExecutor(WORKERS) as workers:
            while len(self.faults) < 10:
                batch = range(at, at + PLAYS_AT_ONCE * step, step)
                found = list(workers.map(lambda n: self.play(life, mode, n), batch))
                kills += sum(found)
                at = batch[-1] + step
                if not all(found):
                    break
        self.kills += kills
        print(f"{LIVES[life]}, {mode}: {kills} kills, {time.monotonic() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("shim")
    # What is there after a call is what is there before the next one.
    parser.add_argument("--modes", default="before,torn", help="of before, after, torn")
    parser.add_argument("--every", type=int, default=1, help="only each Nth call")
    parser.add_argument("--at", help="LIFE,CALL: this one only, in each mode")
    arguments = parser.parse_args()
    sweep = Sweep(arguments)
    for mode in arguments.modes.split(","):
        if arguments.at:
            life, at = (int(n) for n in arguments.at.split(","))
            sweep.kills += sweep.play(life, mode, at)
        else:
            for life in range(len(LIVES)):
                sweep.sweep(life, mode)
    for fault in sweep.faults:
        print("FAILED:", fault)
    print(f"{sweep.kills} kills, {len(sweep.faults)} faults")
    sys.exit(1 if sweep.faults or not sweep.kills else 0)


if __name__ == "__main__":
    main()
