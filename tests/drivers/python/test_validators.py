"""Documents that validators refuse, and what is said of them."""
import os
import unittest

import pymongo
from pymongo.errors import OperationFailure

URI = os.environ["DOLMEN_URI"]


class Validators(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = pymongo.MongoClient(URI, serverSelectionTimeoutMS=20000)
        cls.db = cls.client[f"validators_{os.getpid()}"]

    @classmethod
    def tearDownClass(cls):
        cls.client.drop_database(cls.db.name)
        cls.client.close()

    def make(self, validator, **options):
        name = self.id().rsplit(".", 1)[1]
        self.db.drop_collection(name)
        return self.db.create_collection(name, validator=validator, **options)

    def test_details(self):
        c = self.make({"$jsonSchema": {"required": ["a"]}})
        want = {"failingDocumentId": 1, "details": {"operatorName": "$jsonSchema", "schemaRulesNotSatisfied": [
            {"operatorName": "required", "specifiedAs": {"required": ["a"]}, "missingProperties": ["a"]}]}}
        reply = self.db.command("insert", c.name, documents=[{"_id": 1}, {"_id": 2, "a": 1}], ordered=False)
        self.assertEqual(reply["n"], 1)
        self.assertEqual(reply["writeErrors"], [{"index": 0, "code": 121, "errInfo": want, "errmsg": "Document failed validation"}])
        want["failingDocumentId"] = 2
        reply = self.db.command("update", c.name, updates=[{"q": {"_id": 2}, "u": {"$unset": {"a": 1}}}])
        self.assertEqual(reply["writeErrors"][0]["errInfo"], want)
        with self.assertRaises(OperationFailure) as e:
            self.db.command("findAndModify", c.name, query={"_id": 2}, update={"b": 1})
        self.assertEqual((e.exception.code, e.exception.details["errInfo"]), (121, want))

    def test_huge_documents(self):
        c = self.make({"$and": [{"a": 1}] * 20})
        reply = self.db.command("insert", c.name, documents=[{"_id": i, "a": "x" * 1000000} for i in range(5)], ordered=False)
        self.assertEqual([e["code"] for e in reply["writeErrors"]], [121] * 5)
        self.assertEqual(reply["writeErrors"][0]["errInfo"], {"failingDocumentId": 0})


unittest.main()
