"""What an application does with Debian's Python driver, as it comes."""
import datetime
import os
import unittest

import bson
import pymongo
from pymongo.errors import BulkWriteError, CursorNotFound, DuplicateKeyError, OperationFailure

URI = os.environ["DOLMEN_URI"]


class Crud(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = pymongo.MongoClient(URI, serverSelectionTimeoutMS=20000)
        cls.db = cls.client[f"python_{os.getpid()}"]

    @classmethod
    def tearDownClass(cls):
        cls.client.drop_database(cls.db.name)
        cls.client.close()

    def fresh(self):
        c = self.db[self.id().rsplit(".", 1)[1]]
        c.drop()
        return c

    def test_documents_come_back(self):
        c = self.fresh()
        doc = {"_id": 1, "f": 1.5, "i": 1, "l": bson.Int64(1 << 40), "s": "x\0y", "b": b"\0\1", "d": datetime.datetime(2020, 1, 2),
               "n": None, "t": True, "o": bson.ObjectId(), "dec": bson.Decimal128("0E-10"), "re": bson.Regex("a", "i"),
               "code": bson.Code("f()", {"x": 1}), "ref": bson.DBRef("c", 1), "min": bson.MinKey(), "max": bson.MaxKey(),
               "deep": {"a": [1, [2, {"b": {}}]]}}
        c.insert_one(doc)
        got = c.find_one({"_id": 1})
        self.assertEqual(list(got), list(doc))
        for k in doc:
            self.assertEqual(got[k], doc[k], k)

    def test_order_of_types(self):
        c = self.fresh()
        values = [bson.MinKey(), None, -1, 0, 0.5, bson.Int64(1 << 60), "", "a", {}, {"a": 1}, [], b"", bson.ObjectId(), False, True,
                  datetime.datetime(1970, 1, 1), bson.Timestamp(1, 1), bson.Regex("a"), bson.MaxKey()]
        c.insert_many([{"_id": i, "v": v} for i, v in enumerate(values) if v != []])
        got = [d["_id"] for d in c.find().sort("v", 1)]
        self.assertEqual(got, [i for i, v in enumerate(values) if v != []])

    def test_update_operators(self):
        c = self.fresh()
        c.insert_one({"_id": 1, "n": 1, "list": [1, 2, 3]})
        c.update_one({"_id": 1}, {"$inc": {"n": 2}, "$push": {"list": 4}, "$unset": {"gone": 1}, "$set": {"a.b": 5}})
        c.update_one({"_id": 1}, {"$pull": {"list": {"$lt": 3}}})
        self.assertEqual(c.find_one(), {"_id": 1, "n": 3, "list": [3, 4], "a": {"b": 5}})
        self.assertEqual(c.update_many({}, {"$set": {"z": 1}}).modified_count, 1)

    def test_updates_by_a_pipeline(self):
        c = self.fresh()
        c.insert_many([{"_id": 1, "first": "Ada", "n": 1}, {"_id": 2, "n": 2}])
        r = c.update_many({}, [{"$set": {"name": {"$toUpper": "$first"}, "twice": {"$multiply": ["$n", 2]}}}, {"$unset": "n"}])
        self.assertEqual(r.modified_count, 2)
        self.assertEqual(list(c.find().sort("_id", 1)), [{"_id": 1, "first": "Ada", "name": "ADA", "twice": 2}, {"_id": 2, "name": "", "twice": 4}])
        self.assertEqual(c.update_one({"_id": 3}, [{"$set": {"x": {"$add": ["$_id", 1]}}}], upsert=True).upserted_id, 3)
        self.assertEqual(c.find_one({"_id": 3}), {"_id": 3, "x": 4})

    def test_bulk_write_command(self):
        c = self.fresh()
        ops = [{"insert": 0, "document": {"_id": 1}}, {"insert": 0, "document": {"_id": 1}},
               {"update": 0, "filter": {"_id": 2}, "updateMods": {"$set": {"a": 1}}, "upsert": True}, {"delete": 0, "filter": {"_id": 1}}]
        r = self.client.admin.command("bulkWrite", 1, ops=ops, nsInfo=[{"ns": c.full_name}], ordered=False, cursor={"batchSize": 3})
        self.assertEqual([r[k] for k in ("nErrors", "nInserted", "nUpserted", "nDeleted")], [1, 1, 1, 1])
        more = self.client.admin.command("getMore", bson.Int64(r["cursor"]["id"]), collection="$cmd.bulkWrite")
        self.assertEqual([d["idx"] for d in r["cursor"]["firstBatch"] + more["cursor"]["nextBatch"]], [0, 1, 2, 3])
        self.assertEqual(list(c.find()), [{"_id": 2, "a": 1}])

    def test_duplicates(self):
        c = self.fresh()
        c.create_index([("a", 1), ("b", -1)], unique=True)
        c.insert_one({"a": 1, "b": 1})
        with self.assertRaises(DuplicateKeyError) as e:
            c.insert_one({"a": 1, "b": 1})
        self.assertEqual(e.exception.details["keyPattern"], {"a": 1, "b": -1})
        with self.assertRaises(BulkWriteError) as e:
            c.insert_many([{"a": 2}, {"a": 1, "b": 1}, {"a": 3}], ordered=False)
        self.assertEqual(e.exception.details["nInserted"], 2)
        self.assertEqual(e.exception.details["writeErrors"][0]["index"], 1)

    def test_killed_cursor(self):
        c = self.fresh()
        c.insert_many([{"_id": i} for i in range(1000)])
        cursor = c.find(batch_size=10)
        next(cursor)
        self.db.command("killCursors", c.name, cursors=[cursor.cursor_id])
        with self.assertRaises(CursorNotFound):
            list(cursor)

    def test_failures_say_why(self):
        c = self.fresh()
        for wrong in ({"$frob": 1}, {"a": {"$in": 5}}, {"$or": []}):
            with self.assertRaises(OperationFailure) as e:
                c.find_one(wrong)
            self.assertEqual(e.exception.code, 2, wrong)
        with self.assertRaises(OperationFailure) as e:
            self.db.command("find", c.name, frob=1)
        self.assertEqual(e.exception.code, 40415)

    def test_rename_drop_list(self):
        c = self.fresh()
        c.insert_one({"_id": 1})
        c.rename(c.name + "_new", dropTarget=True)
        self.assertIn(c.name + "_new", self.db.list_collection_names())
        self.assertNotIn(c.name, self.db.list_collection_names())
        self.assertEqual(self.db[c.name + "_new"].find_one(), {"_id": 1})
        self.assertIn(self.db.name, self.client.list_database_names())
        self.db[c.name + "_new"].drop()
        self.assertNotIn(c.name + "_new", self.db.list_collection_names())

    def test_large(self):
        c = self.fresh()
        big = "x" * (15 * 1024 * 1024)
        c.insert_one({"_id": 1, "big": big})
        self.assertEqual(len(c.find_one({"_id": 1})["big"]), len(big))
        c.insert_many([{"_id": 10 + i, "s": "y" * 100000} for i in range(300)])
        self.assertEqual(sum(1 for _ in c.find({"_id": {"$gte": 10}})), 300)

    @unittest.skipUnless(os.environ.get("DOLMEN_REPLSET"), "a standalone refuses readConcern snapshot, as MongoDB does")
    def test_snapshot_reads(self):
        c = self.fresh()
        c.insert_many([{"_id": i, "a": i % 5} for i in range(500)])
        c.create_index("a")
        for query in ({}, {"a": {"$gte": 0}}):
            reply = self.db.command("find", c.name, filter=query, batchSize=10, readConcern={"level": "snapshot"})
            self.assertIn("atClusterTime", reply["cursor"])
            seen = reply["cursor"]["firstBatch"]
            c.delete_many({"_id": {"$gte": 250}})
            c.update_many({}, {"$set": {"later": True}})
            while reply["cursor"]["id"]:
                reply = self.db.command("getMore", bson.Int64(reply["cursor"]["id"]), collection=c.name, batchSize=100)
                seen += reply["cursor"]["nextBatch"]
            self.assertEqual(sorted(d["_id"] for d in seen), list(range(500)))
            self.assertFalse([d for d in seen if "later" in d])
            c.delete_many({})
            c.insert_many([{"_id": i, "a": i % 5} for i in range(500)])

    def test_validators(self):
        c = self.fresh()
        self.db.create_collection(c.name, validator={"a": {"$type": "int"}})
        c.insert_one({"_id": 1, "a": 1})
        for write in (lambda: c.insert_one({"_id": 2, "a": "x"}), lambda: c.update_one({"_id": 1}, {"$set": {"a": "x"}}),
                      lambda: c.update_one({"_id": 3}, {"$set": {"b": 1}}, upsert=True)):
            with self.assertRaises(OperationFailure) as e:
                write()
            self.assertEqual(e.exception.code, 121)
            self.assertIn("failingDocumentId", str(e.exception.details))
        self.assertEqual(list(c.find()), [{"_id": 1, "a": 1}])
        c.insert_many([{"_id": 4}], bypass_document_validation=True)
        with self.assertRaises(OperationFailure):
            c.update_one({"_id": 4}, {"$set": {"b": 1}})
        c.drop()
        self.db.create_collection(c.name, validator={"a": 1}, validationLevel="moderate")
        c.insert_many([{"_id": 1}], bypass_document_validation=True)
        c.update_one({"_id": 1}, {"$set": {"b": 1}})
        c.drop()
        self.db.create_collection(c.name, validator={"a": 1}, validationAction="warn")
        c.insert_one({"_id": 1})
        self.assertEqual(c.count_documents({}), 1)

    def test_max_time(self):
        c = self.fresh()
        c.insert_many([{"_id": i, "a": i} for i in range(100)])
        self.assertEqual(len(list(c.find({"a": {"$gte": 0}}).max_time_ms(60000))), 100)

    def test_max_time_is_for_all_batches(self):
        c = self.fresh()
        c.insert_many([{"_id": i, "s": "x" * 100} for i in range(30000)])
        with self.assertRaises(OperationFailure) as e:
            reply = self.db.command("find", c.name, filter={"s": "y"}, batchSize=0, maxTimeMS=1)
            self.db.command("getMore", bson.Int64(reply["cursor"]["id"]), collection=c.name)
        self.assertEqual(e.exception.code, 50)

    def test_max_time_ends_one_document_s_expression(self):
        c = self.fresh()
        c.insert_one({"_id": 1})
        many = {"$range": [0, 1000000]}
        forever = {"$reduce": {"input": many, "initialValue": 0, "in": {"$reduce": {"input": many, "initialValue": 0, "in": 0}}}}
        for command in ({"find": c.name, "filter": {"$expr": {"$eq": [forever, 1]}}},
                        {"find": c.name, "projection": {"a": forever}},
                        {"update": c.name, "updates": [{"q": {"_id": 1}, "u": [{"$set": {"a": forever}}]}]},
                        {"aggregate": c.name, "pipeline": [{"$group": {"_id": forever}}], "cursor": {}}):
            with self.assertRaises(OperationFailure) as e:
                reply = self.db.command(command, maxTimeMS=100)
                if "writeErrors" in reply:
                    raise OperationFailure("it did not go", reply["writeErrors"][0]["code"])
            self.assertEqual(e.exception.code, 50, command)


unittest.main()
