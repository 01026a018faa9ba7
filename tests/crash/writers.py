"""Threads that write to a server, each to documents or collections of its own, and keep a ledger of it."""
import random
import threading
import time

import bson
from ledger import DURABLE, WRITTEN, Lost
from wire import Closed, Wire

DB = "crash"
DOCS = "docs"
INDEXES = {"k_1": {"key": {"k": 1}}, "u_1": {"key": {"u": 1}, "unique": True}, "k_1_u_1": {"key": {"k": 1, "u": 1}}}
# The server takes no writes and says so: nothing has happened.
REFUSALS = {96, 14031}


def pad(rng):
    return "x" * (rng.randrange(300) if rng.random() < 0.97 else rng.randrange(60000))


class Thread(threading.Thread):
    """history is what the server owes to it.  may_refuse: the test has seen to it that the server may refuse writes."""

    def __init__(self, number, history, seed, durable_share, may_refuse=False):
        super().__init__(daemon=True)
        self.number, self.history = number, history
        self.random = random.Random(seed)
        self.durable_share, self.may_refuse = durable_share, may_refuse
        self.now = history.current()
        self.acked = self.refused = 0
        self.closed = self.error = None
        self.turn = threading.Lock()  # who holds it keeps the thread from going on

    def load(self, port, stop):
        self.port, self.stop_now = port, stop
        self.start()

    def run(self):
        try:
            self.wire = Wire(self.port)
            while not self.stop_now.is_set():
                with self.turn:
                    self.step()
        except Closed as e:
            self.closed = e
        except Exception as e:  # pylint: disable=broad-except
            self.error = e

    def ask(self, command, changes, counted):
        """Sends a write that makes these changes, one after the other; counted(reply) says how many the server reports."""
        durable = self.random.random() < self.durable_share
        concern = self.random.choice([{"w": 1, "j": True}, {"w": "majority"}] if durable else [{"w": 1}])
        self.history.begin(changes)
        reply = self.wire.command(DB, {**command, "writeConcern": concern})
        n = self.judge(command, reply, counted(reply) if reply.get("ok") == 1 else 0, len(changes))
        self.history.end(DURABLE if durable else WRITTEN, n)
        for c in changes[:n]:
            for key, new in c.items():
                if new is None:
                    self.now.pop(key, None)
                else:
                    self.now[key] = new
        self.acked += n
        return n == len(changes)

    def judge(self, command, reply, n, wanted):
        errors = reply.get("writeErrors", [] if reply.get("ok") == 1 else [reply])
        if "writeConcernError" in reply:
            raise Lost(f"{command}: {reply['writeConcernError']}")
        if not errors:
            if n != wanted:
                raise Lost(f"{command} was to change {wanted} and says {reply}")
            return n
        if not self.may_refuse or n >= wanted or any(e.get("code") not in REFUSALS for e in errors):
            raise Lost(f"{str(command)[:300]} is refused: {errors}")
        if not errors[0].get("errmsg"):
            raise Lost(f"a refusal without a word: {reply}")
        self.refused += 1
        time.sleep(0.01)
        return n


class Writer(Thread):
    """Documents of one collection: inserted, changed and removed in all ways."""

    def __init__(self, *args, retries=False, **more):
        super().__init__(*args, **more)
        self.retries = retries
        self.next = max((int(i.split("-")[1]) for _, i in self.now if "-" in i), default=0) + 1
        self.lsid, self.txn, self.last = {"id": bson.Binary(self.random.randbytes(16), 4)}, 0, None

    def step(self):
        mine = [i for _, i in self.now if "-" in i]
        kind = self.random.choice(["insert", "insert", "batch", "update", "update", "replace", "delete", "modify", "retry"])
        if kind == "retry":
            if self.retries:
                self.retry()
        elif kind in ("insert", "batch") or not mine:
            self.insert(self.random.randint(2, 30) if kind == "batch" else 1)
        else:
            i = self.random.choice(mine)
            getattr(self, kind)(i, self.now[DOCS, i])

    def insert(self, n):
        docs = [self.fresh(f"{self.number}-{self.next + i:08d}") for i in range(n)]
        self.next += n
        self.ask({"insert": DOCS, "documents": docs}, [{(DOCS, d["_id"]): d} for d in docs], lambda r: r["n"])

    def update(self, i, old):
        new = dict(old, n=old["n"] + 1, k=self.random.randrange(1000))
        self.ask({"update": DOCS, "updates": [{"q": {"_id": i, "n": old["n"]}, "u": {"$inc": {"n": 1}, "$set": {"k": new["k"]}}}]},
                 [{(DOCS, i): new}], lambda r: r["nModified"])

    def replace(self, i, old):
        new = dict(self.fresh(i), n=old["n"] + 1)
        self.ask({"update": DOCS, "updates": [{"q": {"_id": i, "n": old["n"]}, "u": new}]}, [{(DOCS, i): new}],
                 lambda r: r["nModified"])

    def delete(self, i, _):
        self.ask({"delete": DOCS, "deletes": [{"q": {"_id": i}, "limit": 1}]}, [{(DOCS, i): None}], lambda r: r["n"])

    def modify(self, i, old):
        new = dict(old, n=old["n"] + 1)
        self.ask({"findAndModify": DOCS, "query": {"_id": i}, "update": {"$inc": {"n": 1}}, "new": True}, [{(DOCS, i): new}],
                 lambda r: int(r["value"] == new))

    def retry(self):
        """A retryable write; the newest of them is sent once more after the crash."""
        key = (DOCS, f"r{self.number}")
        n = self.now.get(key, {"n": 0})["n"] + 1
        self.txn += 1
        command = {"update": DOCS, "updates": [{"q": {"_id": key[1]}, "u": {"$inc": {"n": 1}}, "upsert": True}],
                   "lsid": self.lsid, "txnNumber": bson.Int64(self.txn)}
        self.last = (command, n)
        self.ask(command, [{key: {"_id": key[1], "n": n}}], lambda r: r["n"])

    def send_again(self, wire):
        """After the history has been settled: the write has happened once, whether it had been lost or not."""
        if not self.last:
            return
        command, n = self.last
        key = (DOCS, command["updates"][0]["q"]["_id"])
        before = self.history.state.get(key, {"n": 0})["n"]
        reply = wire.must(DB, {**command, "writeConcern": {"w": "majority"}})
        found = wire.all(DB, {"find": DOCS, "filter": {"_id": key[1]}})
        after = before if before == n else before + 1
        if reply["n"] != 1 or found != [{"_id": key[1], "n": after}]:
            raise Lost(f"a retryable write that is sent again makes of {key[1]}, which was at {before}, {found}: {reply}")
        self.history.state[key] = found[0]

    def fresh(self, i):
        return {"_id": i, "n": 0, "k": self.random.randrange(1000), "pad": pad(self.random)}


class Builder(Thread):
    """Collections that come, are filled, get and lose indexes, and go.  The ledger has of each its index names."""

    def step(self):
        mine = [i for c, i in self.now if c == ""]
        kind = self.random.choice(["create", "fill", "index", "index", "unindex", "drop", "flush"])
        if kind == "flush":
            self.flush()
        elif kind == "create" or not mine:
            if len(mine) < 4:
                self.create()
        else:
            getattr(self, kind)(self.random.choice(mine))
        self.stop_now.wait(self.random.uniform(0, 0.03))

    @staticmethod
    def done(_):
        return 1

    def create(self):
        # Names are never used again: of one that is lost no more is known.
        name = f"c{self.number}.{self.random.getrandbits(48):012x}"
        self.ask({"create": name}, [{("", name): ()}], self.done)

    def fill(self, name):
        first = self.random.getrandbits(40)
        docs = [{"_id": f"{first:010x}-{i:04d}", "k": self.random.randrange(100), "u": first * 10000 + i}
                for i in range(self.random.randint(1, 200))]
        self.ask({"insert": name, "documents": docs}, [{(name, d["_id"]): d} for d in docs], lambda r: r["n"])

    def index(self, name):
        has = self.now["", name]
        new = [i for i in INDEXES if i not in has]
        if new:
            i = self.random.choice(new)
            self.ask({"createIndexes": name, "indexes": [{"name": i, **INDEXES[i]}]}, [{("", name): tuple(sorted(has + (i,)))}],
                     self.done)

    def unindex(self, name):
        has = self.now["", name]
        if has:
            i = self.random.choice(has)
            self.ask({"dropIndexes": name, "index": i}, [{("", name): tuple(x for x in has if x != i)}], self.done)

    def drop(self, name):
        gone = {key: None for key in self.now if key[0] == name}
        self.ask({"drop": name}, [{**gone, ("", name): None}], self.done)

    def flush(self):
        """Memtables are written out, and the log goes on in a new file."""
        reply = self.wire.command("admin", {"fsync": 1})
        if reply.get("ok") == 1:
            self.history.all_durable()
        elif not self.may_refuse:
            raise Lost(f"fsync failed: {reply}")

