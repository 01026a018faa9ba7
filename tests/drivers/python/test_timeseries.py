"""Measurements as a driver puts them in and asks for them."""
import datetime
import os
import random
import unittest

import pymongo
from pymongo.errors import BulkWriteError, OperationFailure

URI = os.environ["DOLMEN_URI"]
START = datetime.datetime(2024, 1, 1)


def at(minutes):
    return START + datetime.timedelta(minutes=minutes)


class TimeSeries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = pymongo.MongoClient(URI, serverSelectionTimeoutMS=20000)
        cls.db = cls.client[f"timeseries_{os.getpid()}"]

    @classmethod
    def tearDownClass(cls):
        cls.client.drop_database(cls.db.name)
        cls.client.close()

    def make(self, **options):
        name = self.id().rsplit(".", 1)[1]
        self.db.drop_collection(name)
        return self.db.create_collection(name, timeseries={"timeField": "t", "metaField": "m"}, **options)

    def test_measurements_out_of_order(self):
        c = self.make()
        docs = [{"v": i, "m": {"sensor": i % 5}, "t": at(i)} for i in range(3000)]
        random.Random(7).shuffle(docs)
        for i in range(0, len(docs), 700):
            c.insert_many(docs[i:i + 700], ordered=False)
        self.assertEqual([d["v"] for d in c.find().sort("t", 1).batch_size(100)], list(range(3000)))
        self.assertEqual([d["v"] for d in c.find({"t": {"$gte": at(10), "$lt": at(15)}}).sort("t", -1)], [14, 13, 12, 11, 10])
        self.assertEqual([d["v"] for d in c.find({"m": {"sensor": 3}}).sort("t", -1).limit(2)], [2998, 2993])
        groups = c.aggregate([{"$match": {"t": {"$lt": at(100)}}}, {"$group": {"_id": "$m.sensor", "n": {"$sum": "$v"}}}, {"$sort": {"_id": 1}}])
        self.assertEqual([(g["_id"], g["n"]) for g in groups], [(s, sum(range(s, 100, 5))) for s in range(5)])
        self.assertEqual(list(c.find_one({"v": 7})), ["t", "m", "_id", "v"])
        plan = self.db.command("explain", {"find": c.name, "filter": {"t": {"$lt": at(5)}}}, verbosity="executionStats")
        self.assertEqual(plan["executionStats"]["totalDocsExamined"], 5)

    def test_changes(self):
        c = self.make()
        c.insert_many([{"m": i % 2, "t": at(i)} for i in range(10)])
        self.assertEqual(c.update_many({"m": 1}, {"$set": {"m": 3}}).modified_count, 5)
        for update in (lambda: c.update_one({"m": 3}, {"$set": {"m": 1}}), lambda: c.update_many({}, {"$set": {"v": 1}}),
                       lambda: c.replace_one({}, {"t": at(1)}), lambda: c.find_one_and_update({}, {"$set": {"m": 1}})):
            with self.assertRaises(OperationFailure) as e:
                update()
            self.assertEqual(e.exception.code, 72)
        self.assertEqual(c.delete_many({"t": {"$gte": at(4)}}).deleted_count, 6)
        self.assertEqual(c.find_one_and_delete({"m": 3})["t"], at(1))
        self.assertEqual(c.count_documents({}), 3)

    def test_what_is_no_measurement(self):
        c = self.make()
        with self.assertRaises(BulkWriteError) as e:
            c.insert_many([{"t": at(0)}, {"v": 1}, {"t": at(1)}], ordered=False)
        self.assertEqual([(w["index"], w["code"]) for w in e.exception.details["writeErrors"]], [(1, 2)])
        self.assertEqual(c.count_documents({}), 2)

    def test_catalog(self):
        c = self.make(expireAfterSeconds=1000000)
        shown = list(self.db.list_collections(filter={"name": c.name}))
        self.assertEqual(shown, [{"name": c.name, "type": "timeseries", "info": {"readOnly": False}, "options": {
            "expireAfterSeconds": 1000000,
            "timeseries": {"timeField": "t", "metaField": "m", "granularity": "seconds", "bucketMaxSpanSeconds": 3600}}}])
        self.assertEqual(c.create_index([("v", 1)]), "v_1")
        self.assertEqual(sorted(c.index_information()), ["m_1_t_1", "v_1"])
        self.db.command("collMod", c.name, timeseries={"granularity": "hours"}, expireAfterSeconds="off")
        self.assertEqual(self.db.command("listCollections", filter={"name": c.name})["cursor"]["firstBatch"][0]["options"], {
            "timeseries": {"timeField": "t", "metaField": "m", "granularity": "hours", "bucketMaxSpanSeconds": 2592000}})
        self.db.drop_collection(c.name)
        self.assertEqual(list(self.db.list_collections(filter={"name": {"$regex": c.name}})), [])


unittest.main()
