"""Several sellers in one installation, each with its taxes and its invoice numbers:
`legal_entities_test.py BINARY`.
"""

from billed import BilledCase, main

ENTITIES = "/api/v1/legal-entities"
GERMAN = {"id": "de", "name": "Bursar GmbH", "country": "DE", "vat_id": "DE123456789",
          "invoice_number_prefix": "DE-"}
FRENCH = {"id": "fr", "name": "Bursar SAS", "country": "FR", "vat_id": "FRXX123456789",
          "invoice_number_prefix": "FR-"}


class LegalEntitiesTest(BilledCase):
    plans = ({"id": "basic", "name": "Basic", "prices": [{"currency": "eur", "amount": 1000}]},)

    def setUp(self):
        super().setUp()
        self.does(201, "POST", "/api/v1/tax-rates",
                  {"id": "vat_de", "name": "USt", "country": "DE", "percent": "19"})
        for entity in (GERMAN, FRENCH):
            made = self.does(201, "POST", ENTITIES, entity)
            self.assertEqual(made, entity | {"region": None, "active": True})

    def buyer(self, name, entity=None):
        """A registered one in Germany."""
        chosen = {"legal_entity_id": entity} if entity else {}
        of = self.organization(name, "basic", country="DE", tax={"vat_id": "DE999999999"},
                               **chosen)
        self.assertEqual(self.does(200, "GET", of)["legal_entity_id"], entity)
        return of

    def documents(self, where):
        """Date and number of each invoice and credit note."""
        invoices = [x for of in where for x in self.invoices(of)]
        return sorted([(x["opened_at"], x["number"]) for x in invoices]
                      + [(n["issued_at"], n["number"]) for x in invoices
                         for n in x["credit_notes"]])

    def test_each_has_numbers_without_a_gap_and_taxes_of_its_own_view(self):
        where = []
        for i, entity in enumerate(("de", "fr", None, "fr", "de", None, "fr")):
            self.reach(f"2026-01-{i + 2:02}T00:00:00Z")
            where.append(self.buyer(f"org_{i}", entity))
        self.reach("2026-02-20T00:00:00Z")
        back = self.does(201, "POST",
                         f"{where[1]}/invoices/{self.invoices(where[1])[0]['id']}/credit_notes")
        self.assertEqual(back["total"], 1000)
        self.crash()
        self.reach("2026-05-20T00:00:00Z")
        self.crash()
        self.reach("2026-06-20T00:00:00Z")
        made = self.documents(where)
        self.assertEqual(len(made), 7 * 6 + 1)
        for prefix, count in (("DE-", 2 * 6), ("FR-", 3 * 6 + 1), ("INV-", 2 * 6)):
            self.assertEqual([number for _, number in made if number.startswith(prefix)],
                             [f"{prefix}{i:06}" for i in range(1, count + 1)])
        told = {"de": ("taxed", 190), "fr": ("reverse_charge", 0), None: ("taxed", 190)}
        for of in where:
            for x in self.invoices(of):
                seller = x["legal_entity"] and x["legal_entity"]["id"]
                self.assertEqual((x["tax_treatment"], x["tax"]), told[seller])
                again = self.does(200, "GET", f"{of}/invoices/{x['id']}/explain")
                self.assertTrue(again["reproduced"], again)
                self.assertEqual(again["legal_entity"], x["legal_entity"])

    def test_an_invoice_stays_with_whom_it_was_drafted_for(self):
        self.server.stop()
        self.server.arguments = ["--test-clock", *self.settings,
                                 "--set", "invoices.draft_seconds=3600"]
        self.server.start()
        of = self.buyer("org_a", "de")
        self.does(200, "PATCH", of, {"legal_entity_id": "fr"})
        self.does(200, "PATCH", ENTITIES + "/de", {"name": "Older", "country": "AT",
                                                   "vat_id": "ATU12345678", "active": False})
        self.crash()
        self.reach("2026-02-02T00:00:00Z")
        first, second = self.invoices(of)
        self.assertEqual([(x["number"], x["tax_treatment"], x["legal_entity"]["name"])
                          for x in (first, second)],
                         [("DE-000001", "taxed", "Bursar GmbH"),
                          ("FR-000001", "reverse_charge", "Bursar SAS")])
        path = f"{of}/invoices/{first['id']}"
        self.assertEqual(self.does(201, "POST", path + "/credit_notes")["total"], 1190)
        self.reach(self.now)
        told = self.does(200, "GET", path + "/explain")
        self.assertEqual((told["reproduced"], told["credit_notes"][0]["number"]),
                         (True, "DE-000002"))
        self.server.stop()
        told = self.server.command("audit", "explain", "org_a", "--invoice", first["id"],
                                   "--data", self.server.data)
        self.assertEqual(told.returncode, 0, told)
        self.assertIn("sold by Bursar GmbH, legal entity de", told.stdout)

    def test_nobody_buys_from_whom_there_is_not(self):
        of = self.organization("org_a")
        self.does(200, "PATCH", ENTITIES + "/fr", {"active": False})
        for entity, why in (("none", "is no legal entity"), ("fr", "is not active")):
            for method, path, body in (("PATCH", of, {}),
                                       ("POST", "/api/v1/organizations", {"name": "B"})):
                told = self.refused("invalid_parameter", method, path,
                                    body | {"legal_entity_id": entity})
                self.assertEqual(told["errors"],
                                 [{"pointer": "/legal_entity_id", "message": why}])
        key = self.does(201, "POST", "/api/v1/api-keys",
                        {"role": "billing_admin", "organization_id": "org_a"})["key"]
        self.does(403, "PATCH", of, {"legal_entity_id": "de"}, key=key)

    def test_a_series_of_numbers_is_one_sellers_for_ever(self):
        for prefix in ("DE-", "DE-7", "INV-", "INV-0"):
            self.refused("conflict", "POST", ENTITIES,
                         FRENCH | {"id": "other", "invoice_number_prefix": prefix})
        told = self.refused("invalid_parameter", "PATCH", ENTITIES + "/de",
                            {"invoice_number_prefix": "D-"})
        self.assertIn("never changes", told["detail"])
        self.server.stop()
        self.server.arguments = ["--test-clock", "--set", "invoices.number_prefix=FR-"]
        self.server.spawn()
        self.assertFalse(self.server.wait_ready())
        self.assertIn(b"legal entity fr numbers with FR-", self.server.said())


if __name__ == "__main__":
    main("__main__")
