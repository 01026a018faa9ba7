#!/usr/bin/python3
"""kill -9 in the middle of index builds, of drops and of races for unique keys, again and again.

There are enough documents for a build to take a while, in table files. Each round starts the server, checks all that it
holds, and lets these go at it until it is killed at a random moment:
  - writers, each with documents of its own, among them arrays, in the collection whose indexes come and go,
  - a thread that makes indexes of it, several at once too, and drops them, sometimes while they are being built,
  - writers that now and then take a key that another document has, in a collection that gets a unique index and loses it,
  - a thread that drops, renames and makes anew a collection while an index of it is built.
After each start:
  - all that was acknowledged is there, and no more than what was under way besides,
  - an index that was acknowledged is there, one that was dropped is not, none is half there, and each has exactly the
    collection's documents; validate says so too,
  - a unique index has no doubles,
  - the log, replayed from its beginning, makes the same documents; nothing of a build is left in spill/.
With --shim (disk_shim.so) most kills cut the power too, as power.py does: what was not on disk may be lost then.
"""
import argparse
import os
import random
import shutil
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from disk import Disk  # noqa: E402
from ledger import DURABLE, WRITTEN, History, Lost, compare, dump, replay  # noqa: E402
from server import Server  # noqa: E402
from wire import Closed, Wire  # noqa: E402
from writers import DB, Thread  # noqa: E402

DOCS, RACE = "docs", "race"
WRITERS, RACERS = 3, 2
INDEXES = {
    "k_1": {"key": {"k": 1}},
    "a_1": {"key": {"a": 1}},
    "k_-1_a_1": {"key": {"k": -1, "a": 1}},
    "n_1": {"key": {"n": 1}, "sparse": True},
    "owner_1__id_1": {"key": {"owner": 1, "_id": 1}, "unique": True},
}
ABORTED, DUPLICATE, IN_PROGRESS, NOT_FOUND, NO_INDEX = 276, 11000, 12587, 26, 27


def index_document(name, spec):
    return {"name": name, **spec}


class Documents(Thread):
    """Writes to documents of its own; n_base of them were there from the start."""

    def step(self):
        mine = [key for key in self.now if key[0] == DOCS]
        kind = self.random.choice(["insert", "batch", "update", "update", "replace", "delete"])
        if kind in ("insert", "batch") or not mine:
            docs = [self.fresh(f"{self.number}-{self.random.getrandbits(48):012x}") for _ in range(20 if kind == "batch" else 1)]
            self.ask({"insert": DOCS, "documents": docs}, [{(DOCS, d["_id"]): d} for d in docs], lambda r: r["n"])
            return
        key = self.random.choice(mine)
        if kind == "delete":
            self.ask({"delete": DOCS, "deletes": [{"q": {"_id": key[1]}, "limit": 1}]}, [{key: None}], lambda r: r["n"])
            return
        new = self.fresh(key[1])
        if kind == "update":
            new = dict(self.now[key], a=new["a"], k=new["k"])
            u = {"$set": {"a": new["a"], "k": new["k"]}}
        else:
            u = new
        self.ask({"update": DOCS, "updates": [{"q": {"_id": key[1]}, "u": u}]}, [{key: new}], lambda r: r["n"])

    def fresh(self, i):
        return fresh_document(self.random, self.number, i)


def fresh_document(rng, owner, i):
    a = rng.choice([rng.randrange(1000), [rng.randrange(1000), str(rng.randrange(1000))], None])
    doc = {"_id": i, "owner": owner, "k": rng.randrange(1000), "a": a, "pad": "x" * rng.randrange(200)}
    if rng.random() < 0.5:
        doc["n"] = rng.randrange(10)
    return doc


class Indexes(Thread):
    """Makes and drops indexes; the ledger has the names.  A drop on a second connection may come while they are built."""

    def step(self):
        names = self.random.sample(sorted(INDEXES), self.random.randint(1, 3))
        here = self.now["", DOCS]
        new, old = [i for i in names if i not in here], [i for i in names if i in here]
        if new and (not old or self.random.random() < 0.7):
            self.make(new, here)
        elif old:
            self.ask({"dropIndexes": DOCS, "index": old}, [{("", DOCS): tuple(i for i in here if i not in old)}], lambda r: 1)

    def make(self, new, here):
        command = {"createIndexes": DOCS, "indexes": [index_document(i, INDEXES[i]) for i in new]}
        if self.random.random() < 0.6:
            self.ask(command, [{("", DOCS): tuple(sorted(here + tuple(new)))}], lambda r: 1)
            return
        dropper = threading.Thread(target=self.drop_soon, args=(new,), daemon=True)
        # Made and dropped, in this order or not: both stand in the ledger, and the last answer counts.
        self.history.begin([{("", DOCS): tuple(sorted(here + tuple(new)))}, {("", DOCS): here}])
        dropper.start()
        reply = self.wire.command(DB, command)
        dropper.join()
        if reply.get("ok") != 1 and reply.get("code") != ABORTED:
            raise Lost(f"{command} failed: {reply}")
        there = {x["name"] for x in self.wire.all(DB, {"listIndexes": DOCS})} - {"_id_"}
        if there not in (set(here), set(here) | set(new)) or (reply.get("ok") != 1 and there != set(here)):
            raise Lost(f"after {reply} for {new}, which were dropped meanwhile, there are {there}, and before {here}")
        self.history.end(DURABLE, 1 if there != set(here) else 2)
        self.now["", DOCS] = tuple(sorted(there))
        self.acked += 1

    def drop_soon(self, names):
        try:
            wire = Wire(self.port)
            time.sleep(self.random.uniform(0, 0.2))
            reply = wire.command(DB, {"dropIndexes": DOCS, "index": names})
            wire.close()
        except Closed:
            return
        if reply.get("ok") != 1 and reply.get("code") not in (NO_INDEX, IN_PROGRESS):
            self.error = Lost(f"dropIndexes of {names} while they are built: {reply}")


class Racer(Thread):
    """Inserts and removes; a key that somebody else has may be refused, and is given up soon when it is not."""

    def step(self):
        mine = [key for key in self.now if key[0] == RACE]
        if len(mine) > 200 or (mine and self.random.random() < 0.3):
            self.remove(self.random.choice(mine))
            return
        # Half of what it inserts has a key of the few, for which there are several.
        u = self.random.randrange(40) if self.random.random() < 0.2 else self.random.getrandbits(60)
        doc = {"_id": f"{self.number}-{self.random.getrandbits(48):012x}", "u": u}
        key = (RACE, doc["_id"])
        self.history.begin([{key: doc}])
        reply = self.wire.command(DB, {"insert": RACE, "documents": [doc]})
        errors = reply.get("writeErrors", [])
        if reply.get("ok") != 1 or any(e["code"] != DUPLICATE for e in errors):
            raise Lost(f"an insert failed: {reply}")
        self.history.end(WRITTEN, reply["n"])
        if reply["n"]:
            self.now[key] = doc
            if u < 40:
                self.remove(key)
        self.acked += reply["n"]

    def remove(self, key):
        self.ask({"delete": RACE, "deletes": [{"q": {"_id": key[1]}, "limit": 1}]}, [{key: None}], lambda r: r["n"])


class Unique(Thread):
    """The unique index of the races: it can be made, or not; the ledger says which when that is known."""

    def step(self):
        here = self.now["", RACE]
        if here:
            self.ask({"dropIndexes": RACE, "index": "u_1"}, [{("", RACE): ()}], lambda r: 1)
            return
        self.history.begin([{("", RACE): ("u_1",)}])
        reply = self.wire.command(
            DB, {"createIndexes": RACE, "indexes": [{"name": "u_1", "key": {"u": 1}, "unique": True}]})
        made = reply.get("ok") == 1
        if not made and (reply.get("code") != DUPLICATE or reply.get("keyPattern") != {"u": 1} or "u" not in reply["keyValue"]):
            raise Lost(f"the unique index failed: {reply}")
        self.history.end(DURABLE, int(made))
        if made:
            self.now["", RACE] = ("u_1",)
        self.acked += made
        self.stop_now.wait(self.random.uniform(0, 0.1))


class Dropper(Thread):
    """A collection that goes while its index is built.  Nobody is told what there is of it: it only must not stay half."""

    def step(self):
        name = f"gone.{self.random.getrandbits(48):012x}"
        docs = [{"_id": f"{i:04d}", "k": self.random.randrange(1000), "pad": "y" * 60} for i in range(3200)]
        for at in range(0, len(docs), 400):
            self.wire.must(DB, {"insert": name, "documents": docs[at:at + 400]})
        builder = threading.Thread(target=self.build, args=(name,), daemon=True)
        builder.start()
        time.sleep(self.random.uniform(0, 0.05))
        if self.random.random() < 0.3:
            to = name + ".renamed"
            reply = self.wire.command("admin", {"renameCollection": f"{DB}.{name}", "to": f"{DB}.{to}"})
            if reply.get("ok") == 1:
                name = to
            elif reply.get("code") != IN_PROGRESS:
                raise Lost(f"renameCollection while an index is built: {reply}")
        self.wire.must(DB, {"drop": name})
        builder.join()
        self.acked += 1

    def build(self, name):
        try:
            wire = Wire(self.port)
            reply = wire.command(DB, {"createIndexes": name, "indexes": [{"name": "k_1", "key": {"k": 1}},
                                                                         {"name": "p_1", "key": {"pad": 1, "k": 1}}]})
            if reply.get("createdCollectionAutomatically"):
                wire.must(DB, {"drop": name})
            wire.close()
        except Closed:
            return
        if reply.get("ok") != 1 and reply.get("code") not in (ABORTED, NOT_FOUND):
            self.error = Lost(f"an index of a collection that is dropped: {reply}")


class Rounds:
    def __init__(self, a, rng):
        self.a, self.rng = a, rng
        self.server = Server(a.dolmen, options=a.option)
        self.disk, self.power_lost = None, False
        if a.shim:
            side = os.path.join(self.server.directory, "side")
            os.mkdir(side)
            self.disk = Disk(os.path.join(self.server.directory, "disk"), side, a.shim)
            self.server.env.update(self.disk.env())
            self.server.data = os.path.join(self.disk.root, "data")
        self.kinds = [Documents] * WRITERS + [Racer] * RACERS + [Indexes, Unique, Dropper]
        self.histories = [History() for _ in self.kinds]
        self.threads = []

    def first_time(self):
        """So many documents that the entries of an index are more than go in by a batch."""
        self.server.start()
        wire = Wire(self.server.port)
        for n in range(WRITERS):
            docs = [fresh_document(self.rng, n, f"{n}-base{i:06d}") for i in range(self.a.documents // WRITERS)]
            self.insert(wire, DOCS, docs, self.histories[n])
        docs = [{"_id": f"{WRITERS}-base{i:06d}", "u": -i - 1} for i in range(self.a.documents)]
        self.insert(wire, RACE, docs, self.histories[WRITERS])
        self.histories[WRITERS + RACERS].state["", DOCS] = ()
        self.histories[WRITERS + RACERS + 1].state["", RACE] = ()
        wire.must("admin", {"fsync": 1})
        wire.close()
        self.kill(False)

    def kill(self, cut):
        self.server.kill()
        if self.disk:
            self.disk.mend()
            self.power_lost = cut
            if cut:
                self.disk.cut(self.rng)

    @staticmethod
    def insert(wire, name, docs, history):
        for at in range(0, len(docs), 1000):
            wire.must(DB, {"insert": name, "documents": docs[at:at + 1000]})
        history.state.update({(name, d["_id"]): d for d in docs})

    def load(self):
        stop = threading.Event()
        self.threads = [kind(i, self.histories[i], self.rng.random(), 0.05) for i, kind in enumerate(self.kinds)]
        for t in self.threads:
            t.load(self.server.port, stop)
        time.sleep(self.rng.uniform(self.a.shortest, self.a.longest))
        self.kill(self.rng.random() < 0.7)
        stop.set()
        for t in self.threads:
            t.join(120)
            if t.error:
                raise t.error
        self.server.check_log()
        return sum(t.acked for t in self.threads)

    # ---- the check

    def check(self):
        wire = Wire(self.server.port)
        found, log = {}, {}
        for c in wire.all(DB, {"listCollections": 1, "nameOnly": True}):
            docs = self.look(wire, c["name"], found)
            log[c["name"]] = docs
        for i, h in enumerate(self.histories):
            mine = {key: v for key, v in found.items() if self.owner(key) == i}
            h.settle(f"{self.kinds[i].__name__} {i}", mine, self.power_lost)
        compare("log", log, replay(dump(self.a.dump_log, self.server.data), DB))
        for name in [n for n in log if n.startswith("gone.")]:
            wire.must(DB, {"drop": name})
        wire.close()
        left = os.listdir(os.path.join(self.server.data, "spill"))
        if left:
            raise Lost(f"spill/ has {left}")

    def owner(self, key):
        if key[0] == "":
            return {DOCS: WRITERS + RACERS, RACE: WRITERS + RACERS + 1}.get(key[1])
        return int(key[1].split("-")[0]) if key[0] in (DOCS, RACE) else None

    def look(self, wire, name, found):
        """A collection, by itself and by each index."""
        docs = {d["_id"]: d for d in wire.all(DB, {"find": name, "batchSize": 5000})}
        stats = wire.must(DB, {"collStats": name})
        if stats["indexBuilds"]:
            raise Lost(f"{name}: {stats['indexBuilds']} are being built after a start")
        indexes = [x for x in wire.all(DB, {"listIndexes": name}) if x["name"] != "_id_"]
        for index in indexes:
            self.look_by(wire, name, index, docs)
        if stats["count"] != len(docs):
            raise Lost(f"count says {stats['count']} for {name}, there are {len(docs)}")
        valid = wire.command(DB, {"validate": name, "full": True})
        if valid.get("code") != 59 and (valid.get("ok") != 1 or not valid["valid"]):
            raise Lost(f"validate of {name}: {valid}")
        for i, d in docs.items():
            found[name, i] = d
        found["", name] = tuple(sorted(x["name"] for x in indexes))
        return docs

    @staticmethod
    def look_by(wire, name, index, docs):
        got = wire.all(DB, {"find": name, "hint": index["name"], "batchSize": 5000})
        want = {i: d for i, d in docs.items() if not index.get("sparse") or any(f in d for f in index["key"])}
        compare(f"{name} by {index['name']}", want, {d["_id"]: d for d in got})
        if len(got) != len(want):
            raise Lost(f"{name} by {index['name']}: {len(got)} documents come, there are {len(want)}")
        if index.get("unique"):
            keys = [tuple(str(d.get(f)) for f in index["key"]) for d in docs.values()]
            if len(set(keys)) != len(keys):
                raise Lost(f"{name} by {index['name']}: {len(keys) - len(set(keys))} keys are there twice")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--dolmen", required=True)
    p.add_argument("--dump-log", required=True, help="the program that prints the log as JSON lines")
    p.add_argument("--shim", help="disk_shim.so: power is lost as well")
    p.add_argument("--rounds", type=int, default=10)
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--documents", type=int, default=15000, help="in each of the two collections, at the start")
    p.add_argument("--shortest", type=float, default=0.05, help="seconds of load")
    p.add_argument("--longest", type=float, default=1.5)
    p.add_argument("--option", action="append", default=[], help="for the server")
    a = p.parse_args()
    seed = a.seed if a.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    rounds = Rounds(a, random.Random(seed))
    server, acked, swept = rounds.server, 0, 0
    try:
        rounds.first_time()
        for n in range(a.rounds + 1):
            server.start()
            rounds.check()
            if n == a.rounds:
                break
            acked += rounds.load()
            print(f"round {n + 1}: {acked} acknowledged so far", flush=True)
        server.stop()
        with open(server.log, errors="replace") as f:
            swept = f.read().count("Unfinished index builds swept")
    except Lost as e:
        server.kill()
        sys.exit(f"FAILED (seed {seed}, data in {server.directory}): {e}")
    except Exception:
        server.kill()
        print(f"seed {seed}, data in {server.directory}, the end of {server.log}:\n{server.tail(150)}", file=sys.stderr)
        raise
    shutil.rmtree(server.directory)
    print(f"{a.rounds} rounds, {acked} acknowledged, builds that a kill ended {swept} times: nothing lost, half or double")


main()
