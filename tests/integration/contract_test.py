"""The server and schemas/openapi.yaml say the same, member by member. `contract_test.py BINARY`.

What is answered has the members that the document names, all of them and no other, with their
types; what is taken may lack exactly those that it does not require.
"""

import copy
import json
import os
import sys
import time

import jsonschema
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, ".."))

from support.server import Server, customer, event
from wire import WireCase, main, settings

DEMO = os.path.join(ROOT, "config", "demo")
ORG = "org_elm"

# What only native plans have.
NATIVE = {"product_class": "books", "proration": "day", "trial_end": "cancel",
          "dunning": {"retry_days": [1, 2], "suspend_after": 2, "at_end": "cancel"}}
# A body with every member that a request may have.
DAY_AGO = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86_400))
NOW = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
PRICE = {"plan_id": "priced", "currency": "usd", "amount": 0, "interval": "year",
         "interval_count": 2, "stripe_price_id": "price_full2", "minimum": 1, "maximum": 2,
         "usage": {"api_calls": {"model": "per_unit"}},
         "model": {"model": "package", "unit_amount": "1.5", "unit_size": "10"}}
FULL = {
    "NewOrganization": {"id": "org_full", "name": "N", "email": "a@b.example", "country": "DE",
                        "currency": "eur", "timezone": "Europe/Berlin", "external_id": "x",
                        "tax": {"region": "BE", "vat_id": "DE123456789", "exempt": False},
                        "consolidated_invoices": True, "legal_entity_id": "entity_main",
                        "low_balance": 10, "metadata": {"a": "b"},
                        "stripe_customer_ids": ["cus_full"]},
    "OrganizationChanges": {"name": "N", "email": "a@b.example", "country": "DE",
                            "currency": "eur", "timezone": "Europe/Berlin", "external_id": "x",
                            "tax": {"region": "BE", "vat_id": "DE123456789", "exempt": False},
                            "consolidated_invoices": False, "legal_entity_id": "entity_main",
                            "low_balance": 10, "metadata": {"a": "b"},
                            "stripe_customer_ids": ["cus_main"]},
    "Plan": {"id": "plan_full", "name": "N", "provider": "native",
             "prices": [{"currency": "eur", "amount": 0, "interval": "month", "interval_count": 1,
                         "stripe_price_id": "price_full", "minimum": 1, "maximum": 2,
                         "model": {"model": "package", "unit_amount": "1.5", "unit_size": "10"}}],
             "features": {"a": 1}, "credits_per_period": 0, "trial_days": 0, "active": True}
    | NATIVE,
    "NewPrice": PRICE,
    "PriceChanges": PRICE,
    "PlanChanges": {"name": "N", "provider": "native", "prices": [], "features": {},
                    "credits_per_period": 0, "trial_days": 0, "active": True} | NATIVE,
    "Coupon": {"id": "coupon_full", "name": "N", "percent_off": "12.5", "amount_off": None,
               "currency": None, "duration": "repeating", "periods": 3, "max_redemptions": 7,
               "active": True},
    "CouponChanges": {"name": "N", "percent_off": "5", "amount_off": None, "currency": None,
                      "duration": "once", "periods": None, "max_redemptions": 7, "active": True},
    "TaxRate": {"id": "rate_full", "name": "N", "country": "DE", "region": "BE",
                "product_class": "books", "percent": "7", "inclusive": True,
                "rounding": "invoice", "active": True},
    "TaxRateChanges": {"name": "N", "country": "DE", "region": "BE", "product_class": "books",
                       "percent": "7", "inclusive": True, "rounding": "invoice", "active": True},
    "LegalEntity": {"id": "entity_full", "name": "N", "country": "DE", "region": "BE",
                    "vat_id": "DE123456789", "invoice_number_prefix": "FULL", "active": True},
    "LegalEntityChanges": {"name": "N", "country": "DE", "region": "BE", "vat_id": "DE123456789",
                           "invoice_number_prefix": "MAIN-", "active": True},
    "Meter": {"id": "meter_full", "name": "N", "aggregation": "sum", "property": "tokens",
              "filters": {"region": ["eu", "us"]}, "active": True, "quota": "hard",
              "late_usage": "reissue", "stripe_event_name": "tokens_used"},
    "MeterChanges": {"name": "N", "aggregation": "sum", "property": None,
                     "filters": {"region": ["eu"]}, "active": True, "quota": None,
                     "late_usage": None, "stripe_event_name": None},
    "NewSubscription": {"plan_id": "native", "interval": "month", "currency": "eur",
                        "payment_method_id": "pm_1", "quantity": 2, "trial_days": 3,
                        "coupon": "coupon_main",
                        "contract_end": "2200-01-01T00:00:00Z", "pay_first": False,
                        "price": {"currency": "eur", "amount": 700, "interval": "month"}},
    "PlanMigration": {"when": "now", "limit": 5, "cursor": "org_a"},
    "TrialChanges": {"end": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                          time.gmtime(time.time() + 90 * 86_400))},
    "SubscriptionChanges": {"plan_id": "native", "interval": "month", "quantity": 7, "when": "now",
                            "proration": "day"},
    "Payment": {"amount": 1, "payment_id": "wire 1"},
    "NewCreditNote": {"lines": [{"line": 0, "amount": 1}], "refund_id": "re 1", "reason": "late"},
    "NewPaymentMethod": {"payment_method_id": "pm_2"},
    "CreditEvent": {"id": "event_full", "name": "N", "cost": 3, "category": "api",
                    "active": True},
    "CreditEventChanges": {"name": "N", "cost": 3, "category": "api", "active": True},
    "Consumption": {"event_name": "api_call_basic", "quantity": 2},
    "ConsumptionOfOne": {"organization_id": "org_main", "event_name": "api_call_basic",
                         "quantity": 2},
    "NewCreditHold": {"event_name": "api_call_basic", "quantity": 2, "expires_in": "1h"},
    "HoldConfirmation": {"amount": 1},
    "NewCreditGrant": {"amount": 5, "kind": "promotional", "priority": 7,
                       "expires_at": "2200-01-01T00:00:00Z", "reason": "late"},
    "BulkGrants": {"grants": [{"organization_id": "org_main", "amount": 5, "kind": "promotional",
                               "priority": 7, "expires_at": "2200-01-01T00:00:00Z",
                               "reason": "late"}]},
    "NewCreditTransfer": {"to_organization_id": "org_main", "amount": 1, "reason": "late"},
    "Reversal": {"amount": 1, "reason": "late"},
    "UsageBatch": {"events": [{"id": "use_1", "metric": "messages"}]},
    "UsageBatchOfMany": {"events": [{"organization_id": "org_main", "id": "use_2",
                                     "metric": "messages"}]},
    "NewUsageAmendment": {"reason": "late", "remove": ["use_0"], "draft": True,
                          "replace": {"start": DAY_AGO, "end": NOW, "metrics": ["messages"]},
                          "events": [{"id": "use_3", "metric": "messages", "quantity": 2,
                                      "timestamp": DAY_AGO, "properties": {"a": 1}}]},
    "UsageAmendmentEvents": {"remove": ["use_0"],
                             "events": [{"id": "use_4", "metric": "messages", "quantity": 2,
                                         "timestamp": DAY_AGO, "properties": {"a": 1}}]},
    "AccessChecks": {"checks": [{"feature": "sso"}, {"feature": "messages", "quantity": "2.5"}]},
    "EntitlementChanges": {"entitlements": {"sso": True, "messages": None}},
    "CreditProduct": {"id": "pack_full", "name": "N", "credits": 5, "active": True,
                      "prices": [{"currency": "eur", "amount": 1, "stripe_price_id": "price_p"}]},
    "CreditProductChanges": {"name": "N", "credits": 5, "prices": [], "active": True},
    "NewApiKey": {"role": "billing_viewer", "organization_id": "org_main", "scopes": ["read"],
                  "expires_in": "1d", "name": "N"},
    "Rotation": {"overlap": "1h"},
    "Nothing": {},
    "Moment": {"now": int(time.time()) + 86_400},
}
# Where a request would find what it is about.
THERE = {"/api/v1/organizations/{org}": "/api/v1/organizations/org_main",
         "/api/v1/organizations/{org}/access/check": "/api/v1/organizations/org_main/access/check",
         "/api/v1/organizations/{org}/usage": "/api/v1/organizations/org_main/usage",
         "/api/v1/organizations/{org}/usage/amendments":
             "/api/v1/organizations/org_main/usage/amendments",
         "/api/v1/organizations/{org}/entitlements": "/api/v1/organizations/org_main/entitlements",
         "/api/v1/plans/{id}": "/api/v1/plans/plan_main",
         "/api/v1/plans/{id}/migrate": "/api/v1/plans/plan_main/migrate",
         "/api/v1/credit-products/{id}": "/api/v1/credit-products/pack_main",
         "/api/v1/coupons/{id}": "/api/v1/coupons/coupon_main",
         "/api/v1/tax-rates/{id}": "/api/v1/tax-rates/rate_main",
         "/api/v1/legal-entities/{id}": "/api/v1/legal-entities/entity_main",
         "/api/v1/meters/{id}": "/api/v1/meters/api_calls",
         "/api/v1/credit-events/{id}": "/api/v1/credit-events/ai_inference"}
# What each query parameter may be.
QUERY = {"limit": "1", "status": "dead", "plan": "pro", "q": "a", "type": "payment_succeeded",
         "from": "2020-01-01T00:00:00Z", "to": "2030-01-01T00:00:00Z", "after": "1",
         "at": "2100-01-01T00:00:00Z", "sequence": "1", "immediate": "true",
         "granularity": "month", "currency": "eur", "metric": "messages", "group_by": "region",
         "start": DAY_AGO, "end": NOW, "organization_id": "org_main"}
QUERY |= {"startDate": QUERY["start"], "endDate": QUERY["end"]}
# Instead of another member.
INSTEAD = {"Consumption": {"amount"}, "ConsumptionOfOne": {"amount"}, "NewCreditHold": {"amount"}}
# Required where another member says so; the document tells it in words.
CONDITIONAL = {"NewApiKey": ["organization_id"], "Coupon": ["percent_off", "duration", "periods"],
               "Plan": ["provider"], "SubscriptionChanges": ["plan_id"],
               "Consumption": ["event_name"],
               "ConsumptionOfOne": ["organization_id", "event_name"],
               "NewCreditHold": ["event_name"]}
# What a list takes that is unlike the others.
VALUE_OF = {("/api/v1/organizations", "status"): "active",
            ("/api/v1/alerts", "type"): "payment_failed"}


class ContractTest(WireCase):
    @classmethod
    def setUpClass(cls):
        with open(os.path.join(ROOT, "schemas", "openapi.yaml"), encoding="utf-8") as file:
            cls.document = yaml.safe_load(file)
        cls.server = Server(cls.binary, "--test-clock",
                            *settings(invoices__draft_seconds=3600))
        cls.call = staticmethod(cls.server.call)
        cls.now = int(time.time())
        cls.call("PUT", "/test/clock", {"now": cls.now})
        with open(os.path.join(DEMO, "setup.tsv"), encoding="utf-8") as file:
            for line in file:
                path, body = line.rstrip("\n").split("\t")
                assert cls.call("POST", path, json.loads(body))[0] == 201, line
        for story in sorted(os.listdir(os.path.join(DEMO, "stories"))):
            with open(os.path.join(DEMO, "stories", story), encoding="utf-8") as file:
                for line in file:
                    cls.webhook(json.loads(line))
        cls.webhook(event("evt_waits", "customer.updated", customer("cus_nobody")))
        cls.webhook(event("evt_bad", "charge.succeeded", {"id": "ch_1", "object": "charge",
                                                          "amount": "x", "customer": "cus_x"}))
        for path, body in (("organizations", {"id": "org_main", "name": "M"}),
                           ("legal-entities", {"id": "entity_main", "name": "M", "country": "DE",
                                               "invoice_number_prefix": "MAIN-"}),
                           ("plans", {"id": "plan_main", "name": "M"}),
                           ("plans", {"id": "native", "name": "M", "provider": "native",
                                      "prices": [{"currency": "eur", "amount": 500}]}),
                           ("coupons", {"id": "coupon_main", "name": "M", "percent_off": "1"}),
                           ("tax-rates", {"id": "rate_main", "name": "M", "country": "FR",
                                          "percent": "20"}),
                           ("credit-products", {"id": "pack_main", "name": "M", "credits": 1})):
            made = cls.call("POST", f"/api/v1/{path}", body)
            assert made[0] == 201, made
        cls.subscription = cls.subscribe(ORG)
        for made in (cls.call("POST", f"/api/v1/organizations/{ORG}/credits/grant", {"amount": 9}),
                     cls.call("POST", f"/api/v1/organizations/{ORG}/credits/holds",
                              {"amount": 1}),
                     cls.call("POST", f"/api/v1/organizations/{ORG}/credits/transfer",
                              {"to_organization_id": "org_main", "amount": 1}),
                     cls.call("POST", f"/api/v1/organizations/{ORG}/credits/consume",
                              {"amount": 3}),
                     cls.call("POST", "/api/v1/organizations/org_main/usage",
                              {"events": [{"id": "use_0", "metric": "messages"}]})):
            assert made[0] in (200, 201), made
        made = cls.call("POST", f"/api/v1/organizations/{ORG}/usage/amendments",
                        {"reason": "late", "events": [
                            {"id": "use_0", "metric": "messages", "timestamp": DAY_AGO}]})
        assert made[0] == 201, made
        cls.amendment = made[1]["id"]
        cls.invoice = cls.invoice_of(ORG)
        made = cls.call("PATCH", f"/api/v1/organizations/{ORG}/subscription",
                        {"quantity": 2, "when": "period_end"})
        assert made[0] == 200, made
        cls.own_key = cls.call("POST", "/api/v1/api-keys",
                               {"role": "billing_admin", "organization_id": ORG})[1]["key"]
        features = cls.call("PATCH", "/api/v1/plans/pro", {"features": {"seats": 5, "sso": True}})
        assert features[0] == 200, features

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        cls.server.remove()
        assert code == 0, code

    @classmethod
    def webhook(cls, body):
        got = cls.server.webhook(body, at=cls.now)
        assert got[0] == 200, got

    def asked(self, verb, path, body=None, **more):
        """With a key of the organization where nothing else says which it is."""
        if path.startswith(("/api/v1/billing/", "/api/billing/credits/consume")):
            more["key"] = self.own_key
        return self.call(verb, path, body, **more)

    @classmethod
    def subscribe(cls, organization, **more):
        """The id of the subscription."""
        made = cls.call("POST", f"/api/v1/organizations/{organization}/subscription",
                        {"plan_id": "native", "payment_method_id": "pm_0"} | more)
        assert made[0] == 201, made
        return made[1]["id"]

    @classmethod
    def invoice_of(cls, organization):
        """The id of the draft that subscribing made."""
        return cls.call("GET", f"/api/v1/organizations/{organization}/invoices")[1]["data"][0]["id"]

    # -- reading the document ---

    def resolved(self, schema):
        while "$ref" in schema:
            at = self.document
            for name in schema["$ref"].removeprefix("#/").split("/"):
                at = at[name]
            schema = at
        return schema

    def strict(self, schema):
        """The same schema, by which every member must be there and no other may; of an answer
        that says which are required, those."""
        schema = copy.copy(self.resolved(schema))
        if "allOf" in schema:
            parts = [self.resolved(part) for part in schema["allOf"]]
            schema = {"type": "object", "properties": {k: v for part in parts
                                                       for k, v in part["properties"].items()}}
        for name in ("items", "additionalProperties"):
            if isinstance(schema.get(name), dict):
                schema[name] = self.strict(schema[name])
        if "oneOf" in schema:
            schema["oneOf"] = [self.strict(part) for part in schema["oneOf"]]
        if "properties" in schema:
            schema["properties"] = {k: self.strict(v) for k, v in schema["properties"].items()}
            if "required" not in schema or "additionalProperties" in schema:  # a request's
                schema["required"] = list(schema["properties"])
            schema["additionalProperties"] = False
        return schema

    def operations(self):
        for path, item in self.document["paths"].items():
            for verb, operation in item.items():
                if verb != "parameters":
                    named = operation.get("parameters", []) + item.get("parameters", [])
                    yield verb.upper(), path, operation, [self.resolved(p) for p in named]

    def answer_of(self, operation):
        (status, schema), = [(int(status), r["content"]["application/json"]["schema"])
                             for status, r in operation["responses"].items()
                             if str(status).startswith("2")]
        return status, self.strict(schema)

    def body_of(self, operation):
        """The name and the schema of the request's body; none where nothing is sent."""
        content = operation.get("requestBody", {}).get("content", {})
        if not content:
            return None, None
        name = content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        return name, self.document["components"]["schemas"][name]

    # -- what is answered ---

    def test_every_get_answers_what_the_document_says(self):
        rows = 0
        for verb, path, operation, parameters in self.operations():
            if verb != "GET":
                continue
            where = self.there(path)
            status, schema = self.answer_of(operation)
            got = self.asked("GET", where)
            self.assertEqual(got[0], status, (path, got[1]))
            jsonschema.validate(got[1], schema)
            rows += len(got[1]["data"]) if "data" in schema.get("properties", {}) else 0
            tagged = any(p["name"] == "If-None-Match" for p in parameters)
            self.assertEqual("ETag" in got[2], tagged, path)
        self.assertGreater(rows, 100)

    def test_the_mirrors_of_all_stories_are_what_the_document_says(self):
        base = "/api/v1/organizations"
        native = ("/subscription", "/upcoming")  # of whoever has one
        schemas = {path: self.answer_of(operation)[1] for verb, path, operation, _ in
                   self.operations() if verb == "GET" and "{org}" in path
                   and "{id}" not in path and not path.endswith(native)
                   and "At_" not in operation["operationId"]}
        seen = set()
        for row in self.call("GET", base)[1]["data"]:
            for path, schema in schemas.items():
                got = self.call("GET", path.replace("{org}", row["id"]))[1]
                jsonschema.validate(got, schema)
                seen |= {name for name, value in got.items() if value}
        for name in ("customers", "subscriptions", "invoices", "payments", "refunds", "disputes",
                     "checkout_sessions", "credits_purchased", "totals", "entitlements"):
            self.assertIn(name, seen)

    def test_the_server_serves_the_document(self):
        status, served, _ = self.call("GET", "/openapi.json")
        self.assertEqual((status, served), (200, self.document))

    def test_the_versions_of_a_plan_and_its_price_in_one_list(self):
        first, second = self.call("GET", "/api/v1/plans/pro/versions")[1]["data"]
        self.assertEqual((first["version"], second["version"]), (1, 2))
        self.assertLessEqual(first["published_at"], second["published_at"])
        self.assertNotEqual(first["plan"]["features"], second["plan"]["features"])
        self.assertEqual(second["plan"], self.call("GET", "/api/v1/plans/pro")[1])
        self.assertEqual(self.call("GET", "/api/v1/plans/none/versions")[0], 404)
        page = self.call("GET", "/api/v1/plans/pro/versions?limit=1")[1]
        rest = self.call("GET", "/api/v1/plans/pro/versions?limit=1&cursor="
                         + page["next_cursor"])[1]
        self.assertEqual((page["data"], rest["data"], rest["next_cursor"]),
                         ([first], [second], None))
        prices, cursor = [], ""
        while cursor is not None:
            page = self.call("GET", f"/api/v1/prices?limit=1{cursor and '&cursor='}{cursor}")[1]
            prices += page["data"]
            cursor = page["next_cursor"]
        plans = self.call("GET", "/api/v1/plans")[1]["data"]
        self.assertEqual([(x["plan_id"], x["currency"], x["amount"]) for x in prices],
                         [(plan["id"], x["currency"], x["amount"])
                          for plan in plans for x in plan["prices"]])
        self.assertEqual({x["plan_version"] for x in prices if x["plan_id"] == "pro"}, {2})

    # -- what is asked ---

    def test_every_query_parameter_is_taken_and_no_other(self):
        for verb, path, operation, parameters in self.operations():
            if verb != "GET":
                continue
            where = self.there(path)
            for name in [p["name"] for p in parameters if p["in"] == "query"]:
                if name != "cursor":
                    value = VALUE_OF.get((path, name), QUERY[name])
                    got = self.asked("GET", f"{where}?{name}={value}")
                    self.assertEqual(got[0], 200, (path, name, got[1]))
            known = {p["name"] for p in parameters if p["in"] == "query"}
            for name in {*QUERY, "cursor", "nonsense"} - known:
                got = self.asked("GET", f"{where}?{name}={QUERY.get(name, 'x')}")
                self.assertEqual(got[0], 400 if path.startswith("/api/") else 200, (path, name))

    def there(self, path):
        """The path of something that is there to be read."""
        ids = {"/api/v1/plans/{id}": "pro", "/api/v1/plans/{id}/subscribers": "native",
               "/api/v1/plans/{id}/versions": "pro",
               "/api/v1/credit-products/{id}": "pack_main",
               "/api/v1/coupons/{id}": "coupon_main", "/api/v1/tax-rates/{id}": "rate_main",
               "/api/v1/legal-entities/{id}": "entity_main",
               "/api/v1/meters/{id}": "api_calls",
               "/api/v1/credit-events/{id}": "ai_inference",
               "/api/v1/organizations/{org}/usage/amendments/{id}": self.amendment}
        native = self.subscription if "/subscriptions/" in path else self.invoice
        return path.replace("{org}", ORG).replace("{id}", ids.get(path, native))

    def prepared(self, path):
        """The path for an organization of its own, to which this can be done."""
        name = f"org_own_{self.sent}"
        made = self.call("POST", "/api/v1/organizations", {"id": name, "name": name})
        self.assertEqual(made[0], 201)
        where = path.replace("{org}", name)
        news = ("{org}/subscription", "{org}/subscriptions", "/payment-methods")
        if path.endswith(news) and self.verb == "POST":
            return where
        made = self.subscribe(name, **({"trial_days": 30} if path.endswith("/trial") else {}))
        if "{id}" in path:
            where = where.replace("{id}",
                                  made if "/subscriptions/" in path else self.invoice_of(name))
        if path.endswith("/resume"):
            self.call("POST", where.replace("/resume", "/pause"))
        elif path.endswith("/reactivate"):
            self.call("DELETE", where.replace("/reactivate", ""))
        elif path.endswith(("/pay", "/mark_uncollectible")):
            self.call("POST", where.rsplit("/", 1)[0] + "/finalize")
        elif path.endswith("/credit_notes"):
            self.call("POST", where.rsplit("/", 1)[0] + "/finalize")
            self.call("POST", where.rsplit("/", 1)[0] + "/pay")
        return where

    def credited(self, path):
        """The path for an organization of its own that has credits, used and held ones."""
        name = f"org_own_{self.sent}"
        self.call("POST", "/api/v1/organizations", {"id": name, "name": name})
        base = f"/api/v1/organizations/{name}/credits"
        ids = {"grants": self.call("POST", base + "/grant", {"amount": 99})[1]["grant_id"],
               "holds": self.call("POST", base + "/holds", {"amount": 9})[1]["hold_id"],
               "transactions": self.call("POST", base + "/consume",
                                         {"amount": 9})[1]["transaction_id"]}
        where = path.replace("{org}", name)
        for kind, one in ids.items():
            where = where.replace(f"/{kind}/{{id}}", f"/{kind}/{one}")
        return where

    def send(self, verb, path, name, body):
        self.verb = verb
        where = THERE.get(path, path).replace("{id}", "evt_bad")
        if "/subscription" in path or "/invoices" in path or "/payment-methods" in path:
            where = self.prepared(path)
        if "/credits/" in path:
            where = self.credited(path)
        if name == "ConsumptionOfOne" and isinstance(body.get("organization_id"), str):
            body = body | {"organization_id": self.credited("{org}")}
        if "/usage/amendments/" in path:
            draft = {"reason": "late", "draft": True,
                     "events": [{"id": "use_5", "metric": "messages", "timestamp": DAY_AGO}]}
            made = self.call("POST", "/api/v1/organizations/org_main/usage/amendments", draft)[1]
            where = path.replace("{org}", "org_main").replace("{id}", made["id"])
        if "/api-keys/" in path:
            made = self.call("POST", "/api/v1/api-keys", {"role": "billing_viewer",
                                                         "organization_id": "org_main"})[1]
            where = path.replace("{id}", made["id"])
        self.sent += 1
        if name in ("NewPrice", "PriceChanges") and isinstance(body.get("plan_id"), str):
            plan = {"id": f"priced_{self.sent}", "name": "P", "provider": "native"}
            if name == "PriceChanges":
                named = {x: body[x] for x in ("currency", "interval") if x in body}
                plan["prices"] = [{"currency": "usd", "amount": 0} | named]
            self.call("POST", "/api/v1/plans", plan)
            body = body | {"plan_id": plan["id"]}
            if body.get("stripe_price_id") == PRICE["stripe_price_id"]:
                body["stripe_price_id"] = f"price_{self.sent}"
        if verb == "POST" and isinstance(body.get("id"), str):
            body = body | {"id": f"{body['id']}_{self.sent}"}
        if body.get("stripe_customer_ids") == ["cus_full"]:
            body = body | {"stripe_customer_ids": [f"cus_{self.sent}"]}
        if body.get("invoice_number_prefix") == "FULL":
            body = body | {"invoice_number_prefix": f"FULL{self.sent}-"}
        if any(isinstance(price, dict) for price in body.get("prices", [])):
            prices = [price | {"stripe_price_id": f"price_{self.sent}"} for price in body["prices"]]
            body = body | {"prices": prices}
        if name == "Moment" and "now" in body and isinstance(body["now"], int):
            body = body | {"now": body["now"] + self.sent}
        return self.call(verb, where, body)

    def test_a_key_is_needed_exactly_where_the_document_says_so(self):
        needed = {True: 0, False: 0}
        for verb, path, operation, parameters in self.operations():
            if verb not in ("POST", "PATCH", "DELETE") or operation.get("security") == []:
                continue
            says = any(p["name"] == "Idempotency-Key" for p in parameters)
            got = self.asked(verb, path.replace("{org}", ORG), {} if verb != "DELETE" else None,
                             headers={"Idempotency-Key": None})
            self.assertEqual(got[1].get("code") == "idempotency_key_missing", says, (verb, path))
            needed[says] += 1
        self.assertEqual(needed[False], 3, "what only asks")
        self.assertGreater(needed[True], 30)

    def test_a_request_may_lack_exactly_what_is_not_required(self):
        self.sent = 0
        checked = set()
        for verb, path, operation, _ in self.operations():
            name, schema = self.body_of(operation)
            if name is None or name == "StripeEvent":
                continue
            if "At_" in operation["operationId"] and name in checked:  # it is the original's
                continue
            full = FULL[name]
            self.assertEqual(set(full) | INSTEAD.get(name, set()),
                             set(schema.get("properties", {})), name)
            if not path.endswith("/replay"):  # one replay is all there is
                whole = self.send(verb, path, name, full)
                self.assertIn(whole[0], (200, 201), (path, whole[1]))
                jsonschema.validate(whole[1], self.answer_of(operation)[1])
            more = self.send(verb, path, name, full | {"nonsense": 1})
            self.assertEqual((more[0], more[1].get("code")), (400, "unknown_field"), path)
            for member in full:
                rest = {k: v for k, v in full.items() if k != member}
                got = self.send(verb, path, name, rest)
                good = got[0] in (200, 201)
                required = schema.get("required", []) + CONDITIONAL.get(name, [])
                self.assertEqual(good, member not in required,
                                 (path, member, got[1]))
                self.assertTrue(good or got[0] == 400, (path, member, got[1]))
                wrong = self.send(verb, path, name, rest | {member: [[]]})
                self.assertEqual(wrong[0], 400, (path, member, wrong[1]))
            checked.add(name)
        self.assertEqual(checked, set(FULL))


if __name__ == "__main__":
    main("__main__")
