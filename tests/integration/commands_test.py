"""What commands answer with, and print. `commands_test.py BINARY`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support.server import Server, customer, event

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BINARY = ""
FOUND_A_PROBLEM, WRONG_USAGE, COULD_NOT = 1, 2, 3


class CommandsTest(unittest.TestCase):
    """On the directory of a server that was stopped."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(BINARY)
        cls.server.call("POST", "/api/v1/organizations",
                        {"id": "org_main", "name": "Main\x1b[2J\u009b31m\u00e9"})
        cls.server.webhook(event("evt_parked", "customer.updated", customer("cus_none")))
        assert cls.server.stop() == 0

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def run_on(self, *arguments, data=None, **more):
        return self.server.command(*arguments, "--data", data or self.server.data, **more)

    def code(self, code, *arguments, **more):
        done = self.run_on(*arguments, **more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_a_directory_without_a_journal_could_not_be_verified(self):
        for arguments in (("audit", "verify"), ("audit", "timeline", "org_main"),
                          ("webhook", "list")):
            done = self.code(COULD_NOT, *arguments, data=self.server.data + "-typo")
            self.assertIn("holds no journal", done.stderr)
            self.assertNotIn("NOT VERIFIED", done.stdout)
        self.assertFalse(os.path.exists(self.server.data + "-typo"))

    def test_a_database_that_is_gone_beside_its_head_file_is_a_problem(self):
        copy = tempfile.mkdtemp(prefix="bursar-commands-")
        try:
            shutil.copytree(self.server.data, copy, dirs_exist_ok=True)
            for name in os.listdir(copy):
                if os.path.isdir(os.path.join(copy, name)):
                    shutil.rmtree(os.path.join(copy, name))
            self.code(FOUND_A_PROBLEM, "audit", "verify", data=copy)
        finally:
            shutil.rmtree(copy)

    def test_a_settings_file_that_cannot_be_read_is_no_wrong_usage(self):
        for arguments in (("config", "check"), ("audit", "verify"), ("serve",), ("webhook", "list"),
                          ("keys", "create", "--role", "platform_admin")):
            done = self.code(COULD_NOT, *arguments, "--config", "/nowhere/bursar.toml")
            self.assertIn("/nowhere/bursar.toml", done.stderr)
        self.code(WRONG_USAGE, "audit", "verify", "--set", "server.nothing=1")

    def test_a_check_of_the_settings_looks_at_the_files_they_name(self):
        done = self.code(COULD_NOT, "config", "check", "--set",
                         "server.tls_certificate=/nowhere/chain.pem", "--set",
                         "server.tls_private_key=/nowhere/key.pem")
        self.assertIn("/nowhere/chain.pem", done.stderr)
        self.code(0, "config", "check")

    def test_json_is_offered_only_where_there_is_an_answer_in_json(self):
        for arguments in (("serve",), ("config", "check"), ("demo", "--once")):
            self.code(WRONG_USAGE, *arguments, "--json")

    def test_the_catalog_of_a_file_is_loaded_once(self):
        shipped = os.path.join(ROOT, "config", "catalog.json")
        with open(shipped, encoding="utf-8") as file:
            catalog = json.load(file)
        first = self.code(0, "catalog", "load", shipped)
        self.assertEqual(first.stdout.count("created"), len(catalog["plans"]))
        again = json.loads(self.code(0, "catalog", "load", shipped, "--json").stdout)
        self.assertEqual({row["result"] for row in again}, {"unchanged"})
        catalog["plans"][1]["prices"][0]["amount"] = 3000
        catalog["coupons"] = [{"id": "bad", "name": "Bad"}]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as changed:
            json.dump(catalog, changed)
            changed.flush()
            rows = json.loads(self.code(FOUND_A_PROBLEM, "catalog", "load", changed.name,
                                        "--json").stdout)
            self.assertEqual([row["id"] for row in rows if row["result"] == "differs"],
                             ["starter"])
            self.assertEqual([row["id"] for row in rows if row["result"] == "refused"], ["bad"])
            rows = json.loads(self.code(FOUND_A_PROBLEM, "catalog", "load", changed.name,
                                        "--replace", "--json").stdout)
            self.assertEqual([row["id"] for row in rows if row["result"] == "replaced"],
                             ["starter"])
            changed.write("x")
            changed.flush()
            self.code(COULD_NOT, "catalog", "load", changed.name)
        self.code(COULD_NOT, "catalog", "load", "/nowhere/catalog.json")

    def test_a_key_that_could_not_be_written_is_no_wrong_usage(self):
        create = ("keys", "create", "--role", "platform_admin")
        self.code(COULD_NOT, *create, "--set", "journal.free_bytes_min=1099511627776")
        self.code(WRONG_USAGE, *create, "--expires-in", "3000000d")
        self.code(WRONG_USAGE, *create, "--organization", "org_main")
        self.code(0, *create)

    def test_credits_are_given_and_used_on_a_stopped_server(self):
        def said(*arguments):
            return json.loads(self.code(0, "credits", *arguments, "--json").stdout)

        granted = said("grant", "org_main", "40", "--kind", "promotional", "--priority", "3",
                       "--expires-at", "2200-01-01T00:00:00Z", "--reason", "a \"quoted\" one")
        self.assertEqual(granted["balance"], 40)
        used = said("consume", "org_main", "--event", "ai_inference")
        self.assertEqual((used["consumed"], used["balance"]), (25, 15))
        self.code(FOUND_A_PROBLEM, "credits", "consume", "org_main", "16")
        for wrong in (("consume", "org_main"), ("consume", "org_none", "1"),
                      ("grant", "org_main", "0"), ("grant", "org_main", "1", "--kind", "odd")):
            self.code(WRONG_USAGE, "credits", *wrong)
        self.assertEqual(said("balance", "org_main")["buckets"],
                         [{"grant_id": granted["grant_id"], "kind": "promotional", "priority": 3,
                           "remaining": 15, "held": 0,
                           "expires_at": "2200-01-01T00:00:00.000000Z"}])
        self.assertEqual([(x["type"], x["amount"], x["reason"])
                          for x in said("transactions", "org_main")],
                         [("credits_granted", 40, "a \"quoted\" one"),
                          ("credits_consumed", 25, None)])
        shown = self.code(0, "credits", "balance", "org_main").stdout
        self.assertIn("15 credits may be used, 0 are held.", shown)
        self.assertIn("promotional", shown)
        self.assertIn("ai_inference", self.code(0, "credits", "transactions", "org_main").stdout)
        for command in ("balance", "transactions"):
            self.code(COULD_NOT, "credits", command, "org_none")

    def test_usage_is_recorded_and_shown_on_a_stopped_server(self):
        def said(*arguments):
            return json.loads(self.code(0, "usage", *arguments, "--json").stdout)

        record = ("record", "org_main", "--id", "u1", "--metric", "messages", "--quantity", "2.5")
        self.assertEqual(said(*record), {"accepted": 1, "duplicates": 0, "rejected": []})
        self.assertIn("recorded before", self.code(0, "usage", *record).stdout)
        self.assertIn("Recorded.", self.code(0, "usage", "record", "org_main", "--id", "u2",
                                             "--metric", "active_users", "--property",
                                             "user_id=ann").stdout)
        told = said("show", "org_main")
        self.assertEqual({x["metric"]: [w["value"] for w in x["windows"] if w["events"]]
                          for x in told["metrics"]}, {"messages": ["2.5"], "active_users": ["1"]})
        self.assertGreater(len(told["metrics"][0]["windows"]), 35)
        one, = said("show", "org_main", "--metric", "messages", "--granularity", "month",
                    "--start", "2020-01-01T00:00:00Z")["metrics"]
        self.assertEqual(one["windows"][-1]["value"], "2.5")
        shown = self.code(0, "usage", "show", "org_main").stdout
        self.assertRegex(shown, r"messages +20\S+ +1 +2\.5")
        apart, = said("show", "org_main", "--metric", "active_users", "--group-by",
                      "user_id")["metrics"]
        self.assertEqual((apart["group"], apart["windows"][-1]["value"]), ("ann", "1"))
        self.assertRegex(self.code(0, "usage", "show", "org_main", "--group-by", "user_id").stdout,
                         r"active_users +20\S+ +1 +1 +ann")
        days = said("trends", "org_main", "--metric", "messages")["metrics"][0]["days"]
        self.assertEqual(([x["value"] for x in days[:-1]], days[-1]["value"]),
                         (["0"] * 27, "2.5"))
        self.assertRegex(self.code(0, "usage", "trends", "org_main").stdout,
                         r"messages +20\S+ +2\.5 .*#{40}")
        self.assertNotIn("amend_", self.code(0, "usage", "amendments", "org_main").stdout)
        self.assertLessEqual({"api_calls", "messages"}, {x["id"] for x in said("meters")})
        self.assertIn("active_users", self.code(0, "usage", "meters").stdout)
        self.assertEqual(said("quotas", "org_main"), {"entitlements": {}, "overrides": {}})
        self.code(0, "usage", "quotas", "org_main")
        for wrong in (("record", "org_main", "--id", "u3", "--metric", "nothing"),
                      ("record", "org_main", "--id", "u3", "--metric", "messages", "--quantity",
                       "-1"), ("record", "org_none", "--id", "u3", "--metric", "messages"),
                      ("record", "org_main", "--id", "u3", "--metric", "messages", "--property",
                       "x"), ("record", "org_main", "--metric", "messages"),
                      ("show", "org_main", "--granularity", "week"),
                      ("show", "org_main", "--start", "yesterday"),
                      ("show", "org_main", "--metric", "nothing"),
                      ("trends", "org_main", "--metric", "nothing")):
            self.code(WRONG_USAGE, "usage", *wrong)
        self.code(FOUND_A_PROBLEM, "usage", "record", "org_main", "--id", "u1", "--metric",
                  "messages", "--quantity", "3")
        for command in ("show", "quotas", "trends", "amendments"):
            self.code(COULD_NOT, "usage", command, "org_none")
        self.code(COULD_NOT, "usage", "meters", data=self.server.data + "-typo")

    def test_what_an_organization_has_is_listed_as_over_http(self):
        for kind in ("subscriptions", "invoices", "credit-notes", "payments", "refunds",
                     "disputes", "balances"):
            self.assertEqual(self.code(0, "list", kind, "org_main", "--json").stdout, "")
            table = self.code(0, "list", kind, "org_main").stdout
            self.assertEqual(len(table.splitlines()), 1, table)
        self.assertIn("AMOUNT DUE", self.code(0, "list", "invoices", "org_main").stdout)
        self.code(COULD_NOT, "list", "invoices", "org_none")
        self.code(WRONG_USAGE, "list", "keys", "org_main")

    def test_an_output_that_cannot_be_written_is_no_success(self):
        for arguments in (("audit", "timeline", "org_main"), ("audit", "verify"),
                          ("webhook", "list", "--json")):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([BINARY, *arguments, "--data", self.server.data],
                                      stdout=full, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, COULD_NOT, done.stderr)
            self.assertIn("could not be written", done.stderr)

    def test_the_demo_leaves_other_directories_alone(self):
        done = self.code(WRONG_USAGE, "demo", "--once")
        self.assertIn("no demo's", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.server.data, "demo-api-key")))

    def test_before_its_beginning_an_organization_says_when_that_is(self):
        done = self.code(COULD_NOT, "audit", "state", "org_main", "--at", "2020-01-01T00:00:00Z")
        self.assertIn("begins at 20", done.stderr)
        self.code(WRONG_USAGE, "audit", "state", "$catalog")
        for wrong in (("--sequence", "-1"), ("--sequence", "0"),
                      ("--sequence", "1", "--at", "2020-01-01T00:00:00Z")):
            self.code(WRONG_USAGE, "audit", "state", "org_main", *wrong)

    def test_a_directory_in_use_says_so(self):
        busy = Server(BINARY)
        try:
            done = self.code(COULD_NOT, "keys", "create", "--role", "platform_admin",
                             data=busy.data)
            self.assertIn("in use", done.stderr)
        finally:
            busy.stop()
            busy.remove()

    def test_an_unknown_status_is_wrong_usage(self):
        self.code(WRONG_USAGE, "webhook", "list", "--status", "bogus")
        self.assertIn("evt_parked", self.code(0, "webhook", "list", "--status", "parked").stdout)

    def test_the_demo_keeps_its_key_to_its_owner(self):
        folder = tempfile.mkdtemp(prefix="bursar-demo-")
        stories = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "config",
                               "demo")
        try:
            for _ in range(2):
                done = self.code(0, "demo", "--once", "--listen", "127.0.0.1:0", "--stories",
                                 stories, data=folder)
                with open(os.path.join(folder, "demo-api-key"), encoding="ascii") as file:
                    self.assertIn("export KEY=" + file.read().strip() + "\n", done.stdout)
            for name in ("demo-api-key", "demo-webhook-secret"):
                mode = os.stat(os.path.join(folder, name)).st_mode & 0o777
                self.assertEqual(mode, 0o600, name)
        finally:
            shutil.rmtree(folder)

    def test_names_cannot_steer_the_terminal(self):
        done = self.code(0, "audit", "state", "org_main")
        self.assertIn("Main", done.stdout)
        self.assertIn("\u00e9", done.stdout)
        self.assertFalse([c for c in done.stdout
                          if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)], done.stdout)


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
