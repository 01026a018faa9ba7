"""Index builds beside other clients: what is seen of them, and what ends them."""
import os
import threading
import unittest

import pymongo
from pymongo.errors import DuplicateKeyError, OperationFailure

URI = os.environ["DOLMEN_URI"]
N = 30000
ABORTED, IN_PROGRESS, INTERRUPTED = 276, 12587, 11601


def index(name, key, **options):
    return {"name": name, "key": key, **options}


TWO = [index("a_1", {"a": 1}), index("b_1", {"b": 1})]


class Build(threading.Thread):
    """createIndexes on a connection of its own."""

    def __init__(self, db, indexes):
        super().__init__(daemon=True)
        self.db, self.indexes = db, indexes
        self.reply = self.error = None
        self.start()

    def run(self):
        with pymongo.MongoClient(URI) as client:
            try:
                self.reply = client[self.db].command("createIndexes", "c", indexes=self.indexes)
            except OperationFailure as e:
                self.error = e


class IndexBuilds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = pymongo.MongoClient(URI, serverSelectionTimeoutMS=20000)
        cls.db = cls.client[f"builds_{os.getpid()}"]
        cls.db.c.insert_many([{"_id": i, "a": i % 1000, "b": str(i), "u": i} for i in range(N)])

    @classmethod
    def tearDownClass(cls):
        cls.client.drop_database(cls.db.name)
        cls.client.close()

    def tearDown(self):
        self.db.command("dropIndexes", "c", index="*")

    def seen(self, build):
        """What currentOp says of the build, or None: it was too fast."""
        while build.is_alive():
            for op in self.client.admin.command("currentOp")["inprog"]:
                if "createIndexes" in op.get("command", {}) and "progress" in op:
                    return op
        return None

    def begin(self):
        """A build that was still going on a moment ago."""
        for _ in range(100):
            build = Build(self.db.name, TWO)
            op = self.seen(build)
            if op:
                return build, op
            build.join()
            self.assertIsNone(build.error)
            self.tearDown()
        self.fail("no build was ever seen in currentOp")

    def ended_by(self, end, code):
        """Something ends a build that is under way; it may come too late."""
        for _ in range(100):
            build, op = self.begin()
            end(op)
            build.join()
            if build.error:
                self.assertEqual(build.error.code, code, build.error)
                self.assertEqual([i["name"] for i in self.db.c.list_indexes()], ["_id_"])
                return
            self.tearDown()
        self.fail("every build was faster than what was to end it")

    def test_progress(self):
        build, op = self.begin()
        self.assertRegex(op["msg"], "^Index Build: ")
        self.assertEqual(list(op["progress"]), ["done", "total"])
        stats = self.db.command("collStats", "c")
        listed = [i["name"] for i in self.db.c.list_indexes()]
        build.join()
        self.assertIn(stats["indexBuilds"], ([], ["a_1", "b_1"]))
        self.assertEqual(listed, ["_id_", "a_1", "b_1"])
        self.assertEqual((build.reply["numIndexesBefore"], build.reply["numIndexesAfter"]), (1, 3))
        status = self.client.admin.command("serverStatus")["dolmen"]
        self.assertGreater(status["fences"], 0)
        self.assertGreater(status["longestFenceMicros"], 0)

    def test_drop_indexes(self):
        def end(_):
            """Of two that are built together not one; but both."""
            try:
                self.db.command("dropIndexes", "c", index="a_1")
            except OperationFailure as e:
                self.assertEqual(e.code, IN_PROGRESS)
            self.tearDown()
        self.ended_by(end, ABORTED)

    def test_kill_op(self):
        self.ended_by(lambda op: self.client.admin.command("killOp", op=op["opid"]), INTERRUPTED)

    def test_rename(self):
        build, _ = self.begin()
        try:
            self.client.admin.command("renameCollection", f"{self.db.name}.c", to=f"{self.db.name}.d")
            self.client.admin.command("renameCollection", f"{self.db.name}.d", to=f"{self.db.name}.c")
        except OperationFailure as e:
            self.assertEqual(e.code, IN_PROGRESS)
        build.join()
        self.assertIsNone(build.error)

    def test_several_want_the_same(self):
        for build in [Build(self.db.name, TWO) for _ in range(4)]:
            build.join()
            self.assertIsNone(build.error)
            self.assertEqual(build.reply["numIndexesAfter"], 3)

    def test_unique(self):
        unique = [index("u_1", {"u": 1}, unique=True)]
        self.db.c.insert_one({"_id": "double", "u": 17})
        build = Build(self.db.name, unique)
        build.join()
        self.assertEqual(build.error.code, 11000)
        self.assertEqual(build.error.details["keyPattern"], {"u": 1})
        self.assertEqual(build.error.details["keyValue"], {"u": 17})
        self.db.c.delete_one({"_id": "double"})
        build = Build(self.db.name, unique)
        self.db.c.insert_many([{"u": N + i} for i in range(200)])
        build.join()
        self.assertIsNone(build.error)
        with self.assertRaises(DuplicateKeyError):
            self.db.c.insert_one({"u": N + 1})


if __name__ == "__main__":
    unittest.main()
