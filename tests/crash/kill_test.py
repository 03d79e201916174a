"""kill -9, hundreds of times on one directory under load, judged by the oracle.

    kill_test.py BINARY [--kills 300] [--seed N]

Eight clients deliver webhooks (each more than once, some side by side), create and change
organizations, and read, until the process is killed: while it works, or while it starts. What has
an unknown outcome is sent again with the same id in the next life. After each start every touched
timeline is judged; every few lives everything is retried and the totals are judged as well; every
25 lives `audit verify` judges the directory as the kill left it. In the end all is read from its
start, and stored timelines are hashed again.
"""

import argparse
import os
import random
import sys
import threading
import time
from collections import deque

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import operations
from operations import UNAVAILABLE
from oracle import Oracle
from support.server import Server

CLIENTS = 8
ORGANIZATIONS = 50          # at a time; the oldest retire
NEW_ORGANIZATIONS_PER_LIFE = 2
LIVES_PER_SETTLEMENT = 5
LIVES_PER_AUDIT = 25
AUDITED_TIMELINES = 20
RETRIED_MAX = 5000          # what may be sent again for no reason
SETTINGS = ("--set", "journal.write_buffer_bytes=1048576",  # flushes and compactions as well
            "--set", "actors.snapshot_interval_events=20",
            "--set", "limits.webhooks_per_second=1000000",
            "--set", "limits.requests_per_second=1000000",
            "--set", "limits.requests_burst=1000000")


class Load:
    """What is to be sent next. One random source for each thread; the rest under one lock."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.numbers = 0
        self.organizations = []  # (name, customer)
        self.shuffled = []       # operations never sent
        self.unknown = deque()   # sent, without an answer
        self.twins = deque()     # being sent by somebody else
        self.known = deque(maxlen=RETRIED_MAX)
        self.touched = set()
        self.made = {}           # organization: the operation that creates it
        self.claims = {}         # customer: the operation that claims it
        self.acknowledged = 0

    def number(self):
        self.numbers += 1
        return self.numbers

    def plan_organizations(self, count):
        """Half of them claim their customer later than webhooks may speak of it."""
        for _ in range(count):
            n = self.number()
            name, customer = f"org_{n}", f"cus_{n}"
            claims_later = self.random.random() < 0.5
            made = operations.create(name, f"k{n}", f"n{n}", () if claims_later else (customer,))
            self.made[name] = self.claims[customer] = made
            self.shuffled.append(made)
            if claims_later:
                key = f"k{self.number()}"
                claim = operations.update(name, key, stripe_customer_ids=[customer])
                self.claims[customer] = claim
                self.unknown.append(claim)
            self.organizations.append((name, customer))
        del self.organizations[:-ORGANIZATIONS]

    def plan_events(self, random_source):
        n = self.number()
        organization, customer = random_source.choice(self.organizations)
        created = 1_700_000_000 + 10 * n
        if random_source.random() < 0.2:
            events = [operations.email_change(organization, customer, f"e{n}", created)]
        else:
            amount = random_source.randrange(1, 100_000)
            refunded = random_source.choice((0, 0, amount, amount // 2))
            currency = random_source.choice(("usd", "eur"))
            events = operations.purchase(organization, customer, f"p{n}", amount, currency,
                                         refunded, created)
        for operation in events:
            operation.claim = self.claims[customer]
        self.shuffled += events

    def next(self, random_source):
        with self.lock:
            chance = random_source.random()
            if self.twins and chance < 0.5:
                return self.twins.popleft()
            if self.unknown and chance < 0.6:
                return self.unknown.popleft()
            if self.known and chance > 0.92:
                return random_source.choice(self.known)
            if chance > 0.80:
                n = self.number()
                organization, _ = random_source.choice(self.organizations)
                out = operations.update(organization, f"k{n}", name=f"n{n}")
            else:
                while len(self.shuffled) < 40:
                    self.plan_events(random_source)
                at = random_source.randrange(len(self.shuffled))
                self.shuffled[at], self.shuffled[-1] = self.shuffled[-1], self.shuffled[at]
                out = self.shuffled.pop()
            if random_source.random() < 0.1:
                self.twins.append(out)
            return out


class Trial:
    def __init__(self, binary, seed):
        self.load = Load(seed)
        self.oracle = Oracle()
        self.server = Server(binary, *SETTINGS, start=False)
        self.random = random.Random(seed + 1)
        self.killed_starting = 0
        self.busy = 0

    # -- load ---

    def send(self, connection, operation):
        load = self.load
        if operation.kind == "update" and not load.made[operation.organization].acknowledged:
            with load.lock:
                load.unknown.append(operation)
            return
        with load.lock:
            load.touched.add(operation.organization)
        done = False
        try:
            done = operations.send(connection, self.oracle, operation)
            self.busy += not done
        finally:
            with load.lock:
                load.acknowledged += done
                (load.known if done else load.unknown).append(operation)

    def client(self, seed):
        """Works until the server is gone."""
        random_source = random.Random(seed)
        connection = self.server.connection()
        try:
            while True:
                if random_source.random() < 0.05:
                    organization, _ = random_source.choice(self.load.organizations)
                    with self.load.lock:
                        self.load.touched.add(organization)
                    operations.read(connection, self.oracle, organization)
                else:
                    self.send(connection, self.load.next(random_source))
        except UNAVAILABLE:
            connection.close()

    def live_and_be_killed(self):
        clients = [threading.Thread(target=self.client, args=(self.random.random(),))
                   for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(self.random.uniform(0.005, 0.4))
        code = self.server.kill()
        for client in clients:
            client.join()
        if code != -9:
            self.oracle.fault(f"the server ended by itself with {code}")

    # -- judging ---

    def judge_touched(self):
        connection = self.server.connection()
        touched, self.load.touched = self.load.touched, set()
        for organization in touched:
            operations.look(connection, self.oracle, organization)
        connection.close()

    def settle(self):
        """Retries what is unknown until nothing is, then judges the totals."""
        connection = self.server.connection()
        self.load.twins.clear()
        waiting = [o for o in self.load.shuffled if o.kind == "create"]
        self.load.shuffled = [o for o in self.load.shuffled if o.kind != "create"]
        for operation in waiting:
            self.send(connection, operation)
        for _ in range(1000 + 2 * len(self.load.unknown)):
            if not self.load.unknown:
                break
            self.send(connection, self.load.unknown.popleft())
        else:
            self.oracle.fault(f"{self.load.unknown[0]} is not accepted")
        for operation in self.random.sample(list(self.load.known), min(50, len(self.load.known))):
            self.send(connection, operation)
        self.judge_touched()
        for name, history in self.oracle.histories.items():
            if history.mirror_due:
                operations.look_at_mirror(connection, self.oracle, name)
        for status in ("parked", "dead"):
            rows = connection.rows(f"/api/v1/webhooks/inbox?limit=1000&status={status}")
            if rows:
                self.oracle.fault(f"{len(rows)} webhooks are {status}, the first is {rows[0]}")
        connection.close()

    def read_all_again(self):
        """Timelines from their start: what was judged once must be there still."""
        connection = self.server.connection()
        for name, history in self.oracle.histories.items():
            before = history.sequence, history.hash
            history.forget()
            operations.look(connection, self.oracle, name)
            if (history.sequence, history.hash) != before:
                self.oracle.fault(f"{name} ended with {before}, now with "
                                  f"{(history.sequence, history.hash)}")
            operations.look_at_mirror(connection, self.oracle, name)
        connection.close()

    def audit(self):
        """The directory as a kill left it, without a server."""
        self.oracle.observe_audit(*self.server.audit())

    def audit_timelines(self):
        names = sorted(n for n, h in self.oracle.histories.items() if h.sequence)
        for name in self.random.sample(names, min(AUDITED_TIMELINES, len(names))):
            done = self.server.command("audit", "timeline", name, "--data", self.server.data,
                                       "--json")
            self.oracle.observe_stored_timeline(name, done.returncode, done.stdout)

    # -- lives ---

    def start(self):
        if self.random.random() < 0.15:
            self.server.spawn()
            time.sleep(self.random.uniform(0.001, 0.06))
            self.server.kill()
            self.killed_starting += 1
            return False
        self.server.start()
        return True

    def life(self, number):
        self.load.plan_organizations(NEW_ORGANIZATIONS_PER_LIFE)
        if self.start():
            self.judge_touched()
            if number % LIVES_PER_SETTLEMENT == 0:
                self.settle()
            self.live_and_be_killed()
        if number % LIVES_PER_AUDIT == 0:
            self.audit()

    def end(self):
        self.audit()
        self.server.start()
        self.settle()
        self.read_all_again()
        if self.server.stop() != 0:
            self.oracle.fault("the server does not stop with 0")
        self.audit()
        self.audit_timelines()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    began = time.monotonic()
    trial = Trial(os.path.abspath(arguments.binary), arguments.seed)
    trial.load.plan_organizations(ORGANIZATIONS)
    number = 0
    try:
        while number < arguments.kills and not trial.oracle.faults:
            number += 1
            trial.life(number)
            if number % LIVES_PER_AUDIT == 0:
                print(f"{number} kills ({trial.killed_starting} while starting), "
                      f"{trial.load.acknowledged} acknowledged, {trial.busy} busy, "
                      f"{time.monotonic() - began:.0f} s", flush=True)
        if not trial.oracle.faults:
            trial.end()
    except (AssertionError, *UNAVAILABLE) as error:
        trial.oracle.fault(f"{type(error).__name__}: {error}")
    finally:
        if trial.server.process and trial.server.process.poll() is None:
            trial.server.kill()
    if trial.oracle.faults:
        print(f"FAILED: seed {arguments.seed}, kill {number}, kept {trial.server.folder}")
        print("\n".join(trial.oracle.faults[:20]))
        sys.exit(1)
    trial.server.remove()
    events = sum(h.sequence for h in trial.oracle.histories.values())
    print(f"{number} kills, {len(trial.oracle.histories)} organizations, {events} events, "
          f"{trial.load.acknowledged} acknowledgements: nothing lost, nothing twice")


if __name__ == "__main__":
    main()
