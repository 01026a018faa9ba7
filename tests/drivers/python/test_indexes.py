"""Properties of indexes: partial, TTL, unique after the fact."""
import datetime
import os
import time
import unittest

import pymongo
from pymongo.errors import DuplicateKeyError, OperationFailure

URI = os.environ["DOLMEN_URI"]


class Indexes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = pymongo.MongoClient(URI, serverSelectionTimeoutMS=20000)
        cls.db = cls.client[f"indexes_{os.getpid()}"]

    @classmethod
    def tearDownClass(cls):
        cls.client.drop_database(cls.db.name)
        cls.client.close()

    def make(self):
        name = self.id().rsplit(".", 1)[1]
        self.db.drop_collection(name)
        return self.db[name]

    def test_partial(self):
        c = self.make()
        c.insert_many([{"_id": i, "mail": f"m{i % 3}", "active": i < 3} for i in range(6)])
        c.create_index("mail", unique=True, partialFilterExpression={"active": True})
        self.assertEqual(c.index_information()["mail_1"]["partialFilterExpression"], {"active": True})
        c.insert_one({"_id": 9, "mail": "m0", "active": False})
        with self.assertRaises(DuplicateKeyError):
            c.update_one({"_id": 9}, {"$set": {"active": True}})
        plan = c.find({"mail": "m1", "active": True}).explain()["queryPlanner"]["winningPlan"]
        self.assertIn("mail_1", str(plan))
        plan = c.find({"mail": "m1"}).explain()["queryPlanner"]["winningPlan"]
        self.assertNotIn("mail_1", str(plan))
        self.assertEqual(c.count_documents({"mail": "m1"}), 2)
        with self.assertRaises(OperationFailure) as e:
            c.create_index("x", partialFilterExpression={"x": {"$ne": 1}})
        self.assertEqual(e.exception.code, 67)

    def test_ttl(self):
        c = self.make()
        now = datetime.datetime.now(datetime.timezone.utc)
        c.create_index("at", expireAfterSeconds=3600)
        self.assertEqual(c.index_information()["at_1"]["expireAfterSeconds"], 3600)
        c.insert_many([{"_id": 1, "at": now}, {"_id": 2, "at": now - datetime.timedelta(hours=2)}, {"_id": 3, "at": "never"}])
        before = self.client.admin.command("serverStatus")["metrics"]["ttl"]
        was = self.client.admin.command("setParameter", 1, ttlMonitorSleepSecs=1)["was"]
        try:
            for _ in range(600):
                if c.count_documents({"_id": 2}) == 0:
                    break
                time.sleep(0.1)
        finally:
            self.client.admin.command("setParameter", 1, ttlMonitorSleepSecs=was)
        self.assertEqual(sorted(d["_id"] for d in c.find()), [1, 3])
        after = self.client.admin.command("serverStatus")["metrics"]["ttl"]
        self.assertEqual(after["deletedDocuments"], before["deletedDocuments"] + 1)
        self.assertEqual(list(after), ["deletedDocuments", "invalidTTLIndexSkips", "passes", "subPasses"])
        reply = self.db.command("collMod", c.name, index={"name": "at_1", "expireAfterSeconds": 60})
        self.assertEqual((reply["expireAfterSeconds_old"], reply["expireAfterSeconds_new"]), (3600, 60))

    def test_becomes_unique(self):
        c = self.make()
        c.insert_many([{"_id": 1, "a": 1}, {"_id": 2, "a": 1}])
        c.create_index("a")
        self.db.command("collMod", c.name, index={"name": "a_1", "prepareUnique": True})
        with self.assertRaises(DuplicateKeyError):
            c.insert_one({"_id": 3, "a": 1})
        with self.assertRaises(OperationFailure) as e:
            self.db.command("collMod", c.name, index={"name": "a_1", "unique": True})
        self.assertEqual((e.exception.code, e.exception.details["violations"]), (359, [{"ids": [1, 2]}]))
        c.delete_one({"_id": 2})
        reply = self.db.command("collMod", c.name, index={"name": "a_1", "unique": True})
        self.assertTrue(reply["unique_new"])
        self.assertTrue(c.index_information()["a_1"]["unique"])


unittest.main()
