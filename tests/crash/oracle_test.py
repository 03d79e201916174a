"""The oracle objects to every kind of wrong observation, and to nothing else."""

import copy
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import operations
import wal
from oracle import Oracle


def rows_of(*entries):
    """A timeline of (type, data), linked as a server links it."""
    out = []
    for sequence, (kind, data) in enumerate(entries, 1):
        out.append({"sequence": sequence, "type": kind, "data": data, "hash": f"h{sequence}",
                    "previous": f"h{sequence - 1}" if sequence > 1 else "0" * 64})
    return out


def observed(operation):
    return "stripe_object_observed", {"object": {"event_id": operation.id}}


class OracleTest(unittest.TestCase):
    """A created organization, a purchase of 500 with 200 refunded, a new name."""

    def setUp(self):
        self.oracle = Oracle()
        self.created = operations.create("org_a", "k1", "A", ["cus_a"])
        self.hooks = operations.purchase("org_a", "cus_a", "p", 500, "usd", 200, 1_700_000_000)
        self.renamed = operations.update("org_a", "k2", name="B")
        self.send(self.created, {"sequence": 1})
        for hook in self.hooks:
            self.send(hook)
        self.send(self.renamed, {"sequence": 8})
        paid, charged, invoiced, refunded = self.hooks
        self.rows = rows_of(
            ("organization_created", self.created.body),
            observed(paid), ("payment_succeeded", {"payment_id": "pi_p"}), observed(charged),
            observed(invoiced), ("invoice_paid", {"invoice_id": "in_p"}), observed(refunded),
            ("organization_updated", self.renamed.body))
        self.view = {"sequence": 8, "name": "B"}
        self.mirror = {"customers": {}, "totals_of_guests": {},
                       "totals": {"cus_a": {"usd": {"collected": 500, "refunded": 200}}}}
        self.audit = {"verified": True, "events": 9, "faults": []}

    def send(self, operation, answer=None, first=True):
        self.oracle.invoke(operation)
        self.oracle.acknowledge(operation, answer, first)

    def faults(self):
        """What the oracle says to what the server shows."""
        self.oracle.observe_timeline("org_a", self.rows)
        self.oracle.observe_organization("org_a", self.view)
        self.oracle.judge("org_a")
        self.oracle.observe_mirror("org_a", self.mirror)
        self.oracle.observe_audit(0, self.audit)
        return "\n".join(self.oracle.faults)

    def number(self):
        """Links the rows anew, as if the server had never had them otherwise."""
        self.rows = rows_of(*((row["type"], row["data"]) for row in self.rows))
        self.view["sequence"] = len(self.rows)

    def test_what_is_right_is_not_objected_to(self):
        self.oracle.read("org_a", self.oracle.now(), self.view)
        self.send(self.hooks[0], first=False)
        self.send(self.renamed, {"sequence": 8}, first=False)
        unknown = operations.email_change("org_a", "cus_a", "x", 1_700_000_009)
        self.oracle.invoke(unknown)
        self.assertEqual(self.faults(), "")
        self.rows = rows_of(*((row["type"], row["data"]) for row in self.rows),
                            observed(unknown))[8:]
        self.view["sequence"] = 9
        self.mirror["customers"]["cus_a"] = {"email": "x@example.com"}
        self.assertEqual(self.faults(), "")

    def test_a_missing_event_is_found(self):
        del self.rows[6]
        self.number()
        self.renamed.answer["sequence"] = 7
        self.assertIn("evt_p_3 of org_a was acknowledged and is missing", self.faults())

    def test_a_webhook_may_wait_for_its_claim_and_no_longer(self):
        waiting = operations.email_change("org_a", "cus_b", "w", 1)
        waiting.claim = operations.update("org_a", "k4", stripe_customer_ids=["cus_a", "cus_b"])
        self.send(waiting)
        self.assertEqual(self.faults(), "")
        self.send(waiting.claim, {"sequence": 9})
        self.rows = rows_of(*((row["type"], row["data"]) for row in self.rows),
                            ("organization_updated", waiting.claim.body))[8:]
        self.view["sequence"] = 9
        self.assertEqual(self.faults(),
                         "webhook evt_w of org_a was acknowledged and is missing")

    def test_a_missing_end_is_found(self):
        del self.rows[7]
        self.number()
        self.view["name"] = "A"
        self.assertIn("k2 of org_a was acknowledged and is missing", self.faults())

    def test_an_event_that_vanished_after_it_was_seen_is_found(self):
        self.oracle.observe_timeline("org_a", self.rows)
        self.rows = []
        self.view["sequence"] = 7
        self.assertIn("says sequence 7, its timeline 8", self.faults())

    def test_a_doubled_event_is_found(self):
        self.rows.append(copy.deepcopy(self.rows[3]))
        self.number()
        self.assertIn("evt_p_1 of org_a is there twice, first as 4", self.faults())

    def test_a_doubled_fact_is_found(self):
        self.rows.append(copy.deepcopy(self.rows[2]))
        self.number()
        self.assertIn("('payment_succeeded', 'pi_p'): (2, 1)", self.faults())

    def test_a_lost_fact_is_found(self):
        del self.rows[5]
        self.number()
        self.renamed.answer["sequence"] = 7
        self.assertIn("('invoice_paid', 'in_p'): (0, 1)", self.faults())

    def test_an_event_that_nobody_sent_is_found(self):
        self.rows.append({"type": "stripe_object_observed", "data": {
            "object": {"event_id": "evt_other"}}})
        self.number()
        self.assertIn("is of evt_other, which nobody sent", self.faults())

    def test_a_gap_is_found(self):
        self.rows[7]["sequence"] = 9
        self.assertIn("sequence 9 follows 7", self.faults())

    def test_a_broken_chain_is_found(self):
        self.rows[4]["previous"] = "other"
        self.assertIn("sequence 5 does not have the hash", self.faults())

    def test_an_exchanged_order_is_found(self):
        self.rows[3], self.rows[6] = self.rows[6], self.rows[3]
        self.number()
        self.assertIn("evt_p_3 of org_a is before", self.faults())

    def test_wrong_totals_are_found(self):
        self.mirror["totals"]["cus_a"]["usd"]["collected"] = 1000
        self.assertIn("totals {('cus_a', 'usd'): (1000, 200)}", self.faults())

    def test_a_lost_refund_is_found(self):
        self.mirror["totals"]["cus_a"]["usd"]["refunded"] = 0
        self.assertIn("should be {('cus_a', 'usd'): (500, 200)}", self.faults())

    def test_an_old_name_is_found(self):
        self.view["name"] = "A"
        self.assertIn("has the name A, the last was B", self.faults())

    def test_a_stale_read_is_found(self):
        self.oracle.read("org_a", self.oracle.now(), {"sequence": 7, "name": "A"})
        self.assertIn("a read of org_a at sequence 7 does not see update k2", self.faults())

    def test_a_read_of_the_future_is_found(self):
        late = operations.update("org_a", "k3", name="C")
        self.oracle.read("org_a", self.oracle.now(), {"sequence": 9, "name": "C"})
        self.send(late, {"sequence": 9})
        self.rows += [{"type": "organization_updated", "data": late.body}]
        self.number()
        self.view["name"] = "C"
        self.assertIn("saw update k3 of org_a beforehand", self.faults())

    def test_another_answer_to_a_retry_is_found(self):
        self.send(self.renamed, {"sequence": 9}, first=False)
        self.assertIn("then {'sequence': 9}", self.faults())

    def test_an_answer_with_another_sequence_is_found(self):
        self.renamed.answer["sequence"] = 7
        self.assertIn("was answered sequence 7, the timeline says 8", self.faults())

    def test_an_effect_that_is_new_twice_is_found(self):
        self.send(self.hooks[2])
        self.assertIn("evt_p_2 of org_a was taken as new twice", self.faults())

    def test_a_first_delivery_that_is_called_a_duplicate_is_found(self):
        self.send(operations.email_change("org_a", "cus_a", "y", 1), first=False)
        self.assertIn("was called known when it was sent first", self.faults())

    def test_an_audit_with_less_is_found(self):
        self.audit["events"] = 7
        self.assertIn("audit verify knows 7 events", self.faults())


class WalTest(unittest.TestCase):
    def test_a_log_is_read_as_it_was_written(self):
        sizes = (0, 1, 7, 1000, 32_754, 32_755, 32_761, 32_762, 70_000)
        for first in sizes:
            for second in sizes:
                records = [bytes([1]) * first, bytes([2]) * second, b"end"]
                self.assertEqual(wal.payloads(wal.log_of(records)), records)


if __name__ == "__main__":
    unittest.main()
