"""What must be true of a server that was killed: a model of it, kept from its answers alone.

An operation is a webhook or an API command, under the id with which it is retried. It is invoked
(perhaps often) and acknowledged (or its outcome is unknown). The oracle is shown every
acknowledgement, then the server's timelines, organizations and mirrors, and says what cannot be:

- an acknowledged operation is in its organization's timeline, every operation is there at most
  once, nothing else is; sequences have no gap, hashes link up, what was seen once stays;
- if one operation was acknowledged before another was sent, it comes first (so each organization's
  history is linearizable); a read shows all that was acknowledged before it;
- a retried command repeats its first answer, an event is new once and a duplicate ever after;
- each paid invoice and payment is counted once, the totals are the sum of what was observed.
"""

import hashlib
import itertools
import math
import threading
from collections import Counter

FACTS = {"payment_succeeded": "payment_id", "invoice_paid": "invoice_id"}


class Operation:
    """A webhook (its id is the event's) or a command (its id is the idempotency key)."""

    def __init__(self, kind, name, organization, body):
        self.kind, self.id, self.organization, self.body = kind, name, organization, body
        self.invoked, self.completed = math.inf, math.inf
        self.invocations = 0
        self.fresh = 0          # acknowledgements that claim to be the first
        self.answer = None      # of a command
        self.claim = None       # of a webhook: the command that makes its customer known
        self.ordered = True     # False: sent before the claim was done, it may have to wait
        self.sequence = None

    @property
    def acknowledged(self):
        return self.completed < math.inf

    def __str__(self):
        return f"{self.kind} {self.id} of {self.organization}"


class History:
    """One organization's timeline, as far as it was seen."""

    def __init__(self, name):
        self.name = name
        self.operations = {}
        self.reads = []
        self.forget()

    def forget(self):
        """Nothing was seen yet."""
        self.sequence, self.hash = 0, "0" * 64
        self.facts = Counter()
        self.names = []         # (sequence, name) of each change
        self.mirror_due = False
        for operation in self.operations.values():
            operation.sequence = None


class Oracle:
    """Threads may invoke and acknowledge; one thread observes."""

    def __init__(self):
        self.lock = threading.Lock()
        self.clock = itertools.count()
        self.histories = {}
        self.faults = []

    def fault(self, text):
        self.faults.append(text)

    def history(self, name):
        return self.histories.setdefault(name, History(name))

    # -- what clients saw ---

    def invoke(self, operation):
        with self.lock:
            operation.invoked = min(operation.invoked, next(self.clock))
            if operation.invocations == 0 and operation.claim:
                operation.ordered = operation.claim.acknowledged
            operation.invocations += 1
            self.history(operation.organization).operations[operation.id] = operation

    def acknowledge(self, operation, answer, first):
        """`first`: the server did not call it a duplicate or a replay."""
        with self.lock:
            if first:
                operation.fresh += 1
            if operation.fresh > 1:
                self.fault(f"{operation} was taken as new twice")
            if not first and operation.invocations == 1:
                self.fault(f"{operation} was called known when it was sent first")
            if operation.kind != "webhook":
                if operation.answer not in (None, answer):
                    self.fault(f"{operation} was answered {operation.answer}, then {answer}")
                operation.answer = answer
            operation.completed = min(operation.completed, next(self.clock))

    def read(self, name, invoked, view):
        """An answer to GET organization; `invoked` is the clock's reading before it."""
        with self.lock:
            self.history(name).reads.append(
                (invoked, next(self.clock), view["sequence"], view["name"]))

    def now(self):
        with self.lock:
            return next(self.clock)

    # -- what the server shows ---

    def observe_timeline(self, name, rows):
        """The events after the last one seen."""
        seen = self.history(name)
        for row in rows:
            where = f"{name} sequence {row['sequence']}"
            if row["sequence"] != seen.sequence + 1:
                self.fault(f"{where} follows {seen.sequence}")
            if row["previous"] != seen.hash:
                self.fault(f"{where} does not have the hash of the event before it")
            seen.sequence, seen.hash = row["sequence"], row["hash"]
            self._place(seen, row, where)
            if row["type"] in FACTS:
                seen.facts[row["type"], row["data"][FACTS[row["type"]]]] += 1
            if row["type"] in ("organization_created", "organization_updated"):
                if "name" in row["data"]:
                    seen.names.append((row["sequence"], row["data"]["name"]))

    def _place(self, seen, row, where):
        """Finds the operation that made this event."""
        if row["type"] == "stripe_object_observed":
            name = row["data"]["object"]["event_id"]
        elif row["type"] in ("organization_created", "organization_updated"):
            name = row["data"].get("metadata", {}).get("key")
        else:
            return
        operation = seen.operations.get(name)
        if operation is None:
            self.fault(f"{where} is of {name}, which nobody sent")
        elif operation.sequence is not None:
            self.fault(f"{where}: {operation} is there twice, first as {operation.sequence}")
        else:
            operation.sequence = row["sequence"]
            seen.mirror_due = True

    def missing(self, name):
        """Acknowledged operations that the timeline does not have and should."""
        return [o for o in self.history(name).operations.values()
                if o.acknowledged and o.sequence is None
                and (o.ordered or o.claim.acknowledged)]

    def observe_organization(self, name, view):
        """After all of its timeline, when nobody writes."""
        seen = self.history(name)
        if view["sequence"] != seen.sequence:
            self.fault(f"{name} says sequence {view['sequence']}, its timeline {seen.sequence}")
        if seen.names and view["name"] != seen.names[-1][1]:
            self.fault(f"{name} has the name {view['name']}, the last was {seen.names[-1][1]}")

    def judge(self, name):
        """Order and completeness of the timeline."""
        seen = self.history(name)
        for operation in self.missing(name):
            self.fault(f"{operation} was acknowledged and is missing")
        placed = sorted((o for o in seen.operations.values() if o.sequence is not None),
                        key=lambda o: o.sequence)
        earliest, what = math.inf, None
        for operation in reversed(placed):
            if operation.ordered and operation.invoked > earliest:
                self.fault(f"{operation} is before {what}, which was acknowledged earlier")
            if operation.ordered and operation.completed < earliest:
                earliest, what = operation.completed, operation
            answered = operation.answer and operation.answer["sequence"]
            if answered and answered != operation.sequence:
                self.fault(f"{operation} was answered sequence {answered}, "
                           f"the timeline says {operation.sequence}")
        for read in seen.reads:
            self._judge_read(seen, placed, *read)
        seen.reads.clear()
        if seen.facts != self._facts(seen):
            wrong = {fact: (seen.facts[fact], self._facts(seen)[fact])
                     for fact in seen.facts | self._facts(seen)
                     if seen.facts[fact] != self._facts(seen)[fact]}
            self.fault(f"{name} counts facts (has, should have): {wrong}")

    def _judge_read(self, seen, placed, invoked, completed, sequence, name):
        for o in placed:
            if o.ordered and o.completed < invoked and o.sequence > sequence:
                self.fault(f"a read of {seen.name} at sequence {sequence} does not see {o}")
            if o.invoked > completed and o.sequence <= sequence:
                self.fault(f"a read of {seen.name} at sequence {sequence} saw {o} beforehand")
        shown = [n for s, n in seen.names if s <= sequence][-1:]
        if shown != [name] or sequence > seen.sequence:
            self.fault(f"a read of {seen.name} shows {name} at sequence {sequence}, "
                       f"the timeline {shown}")

    def _observed(self, seen):
        """Stripe's objects as the placed webhooks show them, newest last."""
        placed = [o.body for o in seen.operations.values()
                  if o.kind == "webhook" and o.sequence is not None]
        return [(body["type"], body["data"]["object"])
                for body in sorted(placed, key=lambda body: body["created"])]

    def _facts(self, seen):
        out = Counter()
        for kind, thing in self._observed(seen):
            if kind == "payment_intent.succeeded":
                out["payment_succeeded", thing["id"]] = 1
            elif kind == "invoice.paid":
                out["invoice_paid", thing["id"]] = 1
        return out

    def expected(self, name):
        """E-mail of each customer, and of each customer and currency (collected, refunded)."""
        emails, collected, refunded = {}, {}, {}
        for kind, thing in self._observed(self.history(name)):
            if kind == "customer.updated":
                emails[thing["id"]] = thing["email"]
            elif kind.startswith(("payment_intent.", "charge.")):
                at = thing["customer"], thing["currency"]
                payment = thing.get("payment_intent", thing["id"])
                collected[at, payment] = thing["amount"]
                refunded[at, payment] = max(refunded.get((at, payment), 0),
                                            thing.get("amount_refunded", 0))
        totals = {}
        for (at, payment), amount in collected.items():
            sums = totals.setdefault(at, [0, 0])
            sums[0] += amount
            sums[1] += refunded[at, payment]
        return emails, {at: tuple(sums) for at, sums in totals.items()}

    def observe_mirror(self, name, mirror):
        emails, totals = self.expected(name)
        for customer, email in emails.items():
            shown = mirror["customers"].get(customer, {}).get("email")
            if shown != email:
                self.fault(f"{name}: {customer} has e-mail {shown}, should be {email}")
        shown = {(customer, currency): (sums["collected"], sums["refunded"])
                 for customer, rows in mirror["totals"].items() for currency, sums in rows.items()
                 if sums["collected"] or sums["refunded"]}
        if shown != totals:
            self.fault(f"{name}: totals {shown}, should be {totals}")
        if mirror["totals_of_guests"]:
            self.fault(f"{name}: totals of guests {mirror['totals_of_guests']}")
        self.history(name).mirror_due = False

    # -- what `bursar audit` says ---

    def observe_audit(self, code, found):
        if code != 0 or not found["verified"] or found["faults"]:
            self.fault(f"audit verify ends with {code}: {found}")
        elif found["events"] < sum(seen.sequence for seen in self.histories.values()):
            self.fault(f"audit verify knows {found['events']} events, the timelines have more")

    def observe_stored_timeline(self, name, code, text):
        """A line for each event, as it is stored, with its hashes; they are computed again."""
        seen = self.history(name)
        last, count = "0" * 64, 0
        for count, line in enumerate(text.splitlines(), 1):
            stored, _, hashes = line.partition(',"hash":"')
            digest = hashlib.sha256(bytes.fromhex(last) + stored.encode() + b"}").hexdigest()
            if hashes != f'{digest}","previous":"{last}"}}':
                self.fault(f"{name} sequence {count} does not have the hash of its content")
            last = digest
        if (code, count, last) != (0, seen.sequence, seen.hash):
            self.fault(f"audit timeline of {name} ends with {code} and {count} events, "
                       f"the API showed {seen.sequence}")
