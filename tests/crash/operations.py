"""Webhooks and commands to send, how one is sent, and how an organization is looked at."""

import http.client
import time

from oracle import Operation
from support.server import event

RELEASE_SECONDS_MAX = 5
UNAVAILABLE = (OSError, http.client.HTTPException)


def create(organization, key, name, customers=()):
    body = {"id": organization, "name": name, "metadata": {"key": key}}
    if customers:
        body["stripe_customer_ids"] = list(customers)
    return Operation("create", key, organization, body)


def update(organization, key, **changes):
    return Operation("update", key, organization, changes | {"metadata": {"key": key}})


def webhook(organization, name, kind, thing, created):
    return Operation("webhook", name, organization,
                     event(name, kind, thing | {"livemode": True, "created": created}, created))


def purchase(organization, customer, name, amount, currency, refunded, created):
    """A payment with its charge and invoice, and a refund of it if `refunded` is not 0."""
    base = {"customer": customer, "currency": currency}
    charge = base | {"id": "ch_" + name, "object": "charge", "amount": amount,
                     "amount_captured": amount, "captured": True, "paid": True, "refunded": False,
                     "amount_refunded": 0, "status": "succeeded", "payment_intent": "pi_" + name}
    things = [
        ("payment_intent.succeeded", base | {
            "id": "pi_" + name, "object": "payment_intent", "amount": amount,
            "amount_received": amount, "status": "succeeded"}),
        ("charge.succeeded", charge),
        ("invoice.paid", base | {
            "id": "in_" + name, "object": "invoice", "status": "paid", "total": amount,
            "amount_due": amount, "amount_paid": amount, "amount_remaining": 0})]
    if refunded:
        things.append(("charge.refunded", charge | {
            "amount_refunded": refunded, "refunded": refunded == amount}))
    return [webhook(organization, f"evt_{name}_{n}", kind, thing, created + n)
            for n, (kind, thing) in enumerate(things)]


def email_change(organization, customer, name, created):
    thing = {"id": customer, "object": "customer", "email": name + "@example.com", "balance": 0,
             "delinquent": False, "metadata": {}}
    return webhook(organization, "evt_" + name, "customer.updated", thing, created)


def send(connection, oracle, operation):
    """Whether it was acknowledged. False: the server was busy. An exception: nobody knows."""
    oracle.invoke(operation)
    if operation.kind == "webhook":
        status, answer, _ = connection.webhook(operation.body)
        first = "duplicate" not in answer
    else:
        path = "/api/v1/organizations"
        verb = "POST" if operation.kind == "create" else "PATCH"
        status, answer, headers = connection.call(
            verb, path if verb == "POST" else f"{path}/{operation.organization}", operation.body,
            headers={"Idempotency-Key": operation.id})
        first = headers.get("Idempotent-Replayed") != "true"
    if status in (429, 503):
        return False
    if status not in (200, 201):
        oracle.fault(f"{operation} is answered {status} {answer}")
        return False
    oracle.acknowledge(operation, answer, first)
    return True


# -- looking ---


def read(connection, oracle, organization):
    """A read among the writes of others."""
    invoked = oracle.now()
    status, view, _ = connection.call("GET", "/api/v1/organizations/" + organization)
    if status == 200:
        oracle.read(organization, invoked, view)


def follow(connection, oracle, organization):
    """Reads on in the timeline; an unknown organization has none."""
    path = f"/api/v1/organizations/{organization}/events?limit=1000"
    after = oracle.history(organization).sequence
    if connection.call("GET", "/api/v1/organizations/" + organization)[0] != 404:
        oracle.observe_timeline(organization, connection.rows(f"{path}&after={after}"))


def look(connection, oracle, organization):
    """Judges an organization that nobody writes to. Waits for webhooks that waited for it."""
    follow(connection, oracle, organization)
    deadline = time.monotonic() + RELEASE_SECONDS_MAX
    while any(not o.ordered for o in oracle.missing(organization)):
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)  # below the limit of requests
        follow(connection, oracle, organization)
    seen = oracle.history(organization)
    if seen.sequence:
        path = "/api/v1/organizations/" + organization
        view = connection.call("GET", path)[1]
        while view["sequence"] > seen.sequence and time.monotonic() < deadline:
            # One that waited and was never acknowledged was released in between.
            before = seen.sequence
            follow(connection, oracle, organization)
            if seen.sequence == before:
                break
            view = connection.call("GET", path)[1]
        oracle.observe_organization(organization, view)
    oracle.judge(organization)


def look_at_mirror(connection, oracle, organization):
    """The chain and the totals of an organization that nobody writes to."""
    path = "/api/v1/organizations/" + organization
    oracle.observe_mirror(organization, connection.call("GET", path + "/mirror/stripe")[1])
    chain = connection.call("GET", path + "/verify")[1]
    seen = oracle.history(organization)
    if (chain.get("verified"), chain.get("events"), chain.get("head_hash")) != (
            True, seen.sequence, seen.hash):
        oracle.fault(f"{organization} verifies as {chain}, seen were {seen.sequence} events")
