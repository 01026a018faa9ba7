"""What is said of queries by their shape: query settings, index filters."""
import os
import unittest

import pymongo
from pymongo.errors import OperationFailure

URI = os.environ["DOLMEN_URI"]


class QuerySettings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = pymongo.MongoClient(URI, serverSelectionTimeoutMS=20000)
        cls.db = cls.client[f"settings_{os.getpid()}"]
        cls.coll = cls.db.people
        cls.coll.insert_many([{"_id": i, "name": f"n{i}", "age": i % 7} for i in range(100)])
        cls.coll.create_index([("name", 1)])
        cls.coll.create_index([("name", 1), ("age", 1)])
        cls.find = {"find": "people", "filter": {"name": "n1"}, "$db": cls.db.name}

    @classmethod
    def tearDownClass(cls):
        cls.client.admin.command({"removeQuerySettings": cls.find})
        cls.client.drop_database(cls.db.name)
        cls.client.close()

    def planner(self, cursor):
        return cursor.explain()["queryPlanner"]

    def index(self, cursor):
        return self.planner(cursor)["winningPlan"]["inputStage"]["indexName"]

    def hint(self, *indexes):
        return {"indexHints": {"ns": {"db": self.db.name, "coll": "people"}, "allowedIndexes": list(indexes)}}

    def mine(self):
        listed = self.client.admin.aggregate([{"$querySettings": {}}, {"$match": {"representativeQuery.$db": self.db.name}}])
        return list(listed)

    def test_hints(self):
        admin = self.client.admin
        self.assertEqual(self.index(self.coll.find({"name": "n5"})), "name_1")
        reply = admin.command({"setQuerySettings": self.find, "settings": self.hint("name_1_age_1")})
        self.assertEqual(reply["settings"]["indexHints"][0]["allowedIndexes"], ["name_1_age_1"])
        self.assertEqual(self.index(self.coll.find({"name": "n5"})), "name_1_age_1")
        self.assertEqual(self.index(self.coll.find({"name": "n5"}).hint("name_1")), "name_1_age_1")
        self.assertEqual(self.planner(self.coll.find({"name": "n5"}))["querySettings"], reply["settings"])
        self.assertEqual([x["_id"] for x in self.coll.find({"name": "n5"})], [5])
        self.assertEqual([s["queryShapeHash"] for s in self.mine()], [reply["queryShapeHash"]])
        admin.command({"removeQuerySettings": reply["queryShapeHash"]})
        self.assertEqual(self.index(self.coll.find({"name": "n5"})), "name_1")
        self.assertEqual(self.mine(), [])

    def test_refused(self):
        admin = self.client.admin
        admin.command({"setQuerySettings": self.find, "settings": {"reject": True}})
        with self.assertRaises(OperationFailure) as e:
            list(self.coll.find({"name": "n5"}))
        self.assertEqual((e.exception.code, e.exception.details["codeName"]), (411, "QueryRejectedBySettings"))
        self.assertEqual(len(list(self.coll.find({"age": 3}))), 14)
        admin.command({"removeQuerySettings": self.find})
        self.assertEqual(len(list(self.coll.find({"name": "n5"}))), 1)

    def test_filters(self):
        self.db.command("planCacheSetFilter", "people", query={"name": "x"}, indexes=[{"name": 1, "age": 1}])
        plan = self.planner(self.coll.find({"name": "n5"}).hint("name_1"))
        self.assertTrue(plan["indexFilterSet"])
        self.assertEqual(plan["winningPlan"]["inputStage"]["indexName"], "name_1_age_1")
        self.assertEqual(self.coll.count_documents({"name": "n5"}), 1)
        self.assertEqual(self.coll.update_one({"name": "n5"}, {"$inc": {"age": 1}}).modified_count, 1)
        filters = self.db.command("planCacheListFilters", "people")["filters"]
        self.assertEqual(filters, [{"query": {"name": "x"}, "sort": {}, "projection": {}, "indexes": [{"name": 1, "age": 1}]}])
        self.db.command("planCacheClearFilters", "people")
        self.assertFalse(self.planner(self.coll.find({"name": "n5"}))["indexFilterSet"])


unittest.main()
