#!/usr/bin/python3
"""kill -9 under load, again and again, held against a ledger kept outside.

Each round starts the server on the same data directory, checks all that it holds, loads it from several threads and
kills it at a random moment. Every thread owns its documents, so their state is known: the effect of every write that was
acknowledged, and of the one that was under way when the server died either all or nothing (of a batch: a prefix).
After each start:
  - a scan of the collection, a scan of its secondary index and count equal the ledger,
  - the log, read back from its files by dump_log (given with --dump-log) and replayed from the beginning, equals it too.
"""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import pymongo  # noqa: E402
from pymongo.errors import PyMongoError  # noqa: E402
from server import Server  # noqa: E402

THREADS = 6


class Lost(Exception):
    pass


class Worker(threading.Thread):
    """Writes to documents of its own; state is what the server must hold of them."""

    def __init__(self, number, uri, state, seed, stop):
        super().__init__(daemon=True)
        self.number, self.uri, self.state, self.stop = number, uri, state, stop
        self.random = random.Random(seed)
        self.pending = []  # what the write under way may make of documents: [(id, new or None)], in order
        self.acked = 0
        self.error = None

    def run(self):
        client = pymongo.MongoClient(self.uri, retryWrites=False, serverSelectionTimeoutMS=5000, w=self.random.choice([1, 1, "majority"]))
        c = client.crash.docs
        try:
            while not self.stop.is_set():
                self.step(c)
        except PyMongoError as e:
            self.error = e
        finally:
            client.close()

    def step(self, c):
        kind = self.random.choice(["insert", "insert", "batch", "update", "update", "replace", "delete", "modify"])
        ids = list(self.state)
        if kind in ("insert", "batch") or not ids:
            first = self.state.next
            docs = [self.fresh(first + i) for i in range(self.random.randint(2, 30) if kind == "batch" else 1)]
            self.pending = [(d["_id"], d) for d in docs]
            self.state.next += len(docs)
            if len(docs) > 1:
                c.insert_many([dict(d) for d in docs])
            else:
                c.insert_one(dict(docs[0]))
        else:
            i = self.random.choice(ids)
            old = self.state[i]
            if kind == "update":
                new = dict(old, n=old["n"] + 1, k=self.random.randrange(1000))
                self.pending = [(i, new)]
                done = c.update_one({"_id": i, "n": old["n"]}, {"$inc": {"n": 1}, "$set": {"k": new["k"]}})
                self.expect(done.modified_count == 1, i, old)
            elif kind == "replace":
                new = dict(self.fresh(0), _id=i, n=old["n"] + 1)
                self.pending = [(i, new)]
                done = c.replace_one({"_id": i, "n": old["n"]}, new)
                self.expect(done.modified_count == 1, i, old)
            elif kind == "modify":
                new = dict(old, n=old["n"] + 1)
                self.pending = [(i, new)]
                got = c.find_one_and_update({"_id": i}, {"$inc": {"n": 1}}, return_document=True)
                self.expect(got == new, i, got)
            else:
                self.pending = [(i, None)]
                self.expect(c.delete_one({"_id": i}).deleted_count == 1, i, old)
        for i, doc in self.pending:
            self.state.set(i, doc)
        self.acked += len(self.pending)
        self.pending = []

    def expect(self, ok, i, what):
        if not ok:
            raise Lost(f"document {i} is not what this thread made of it: {what}")

    def fresh(self, n):
        return {"_id": f"{self.number}-{n:08d}", "n": 0, "k": self.random.randrange(1000),
                "pad": "x" * self.random.randrange(300)}


class State(dict):
    next = 0

    def set(self, i, doc):
        if doc is None:
            self.pop(i, None)
        else:
            self[i] = doc


def settle(worker, found):
    """The write that was under way has happened or not: found says which; of a batch a prefix."""
    happened = [found.get(i) == new for i, new in worker.pending]
    if sorted(happened, reverse=True) != happened:
        raise Lost(f"of a batch that was under way not a prefix is there: {happened}")
    for (i, new), yes in zip(worker.pending, happened):
        if yes:
            worker.state.set(i, new)
    worker.pending = []


def compare(what, want, got):
    if want == got:
        return
    lost = [i for i in want if i not in got][:5]
    invented = [i for i in got if i not in want][:5]
    wrong = [(want[i], got[i]) for i in want if i in got and want[i] != got[i]][:3]
    raise Lost(f"{what}: lost {lost}, invented {invented}, wrong {wrong}")


def replay(lines):
    """The collection's documents as the log has them."""
    docs, uuid, last = {}, None, (0, 0)
    for line in lines:
        e = json.loads(line)
        at = (e["clusterTime"], e["sequence"])
        if not (at[0] > last[0] and at[1] > last[1]):
            raise Lost(f"the log is out of order: {at} after {last}")
        last = at
        for change in e["changes"]:
            if change["kind"] == "marker":
                if change["marker"] == "create" and change["note"].get("ns") == "crash.docs":
                    uuid = change["uuid"]
            elif change["uuid"] == uuid:
                if change["kind"] == "remove":
                    if docs.pop(change["_id"], None) is None:
                        raise Lost(f"the log removes {change['_id']}, which it has not")
                else:
                    if (change["kind"] == "insert") == (change["_id"] in docs):
                        raise Lost(f"the log has an {change['kind']} of {change['_id']} at the wrong time")
                    docs[change["_id"]] = change["document"]
    return docs


def check(server, states, workers, dump_log):
    client = pymongo.MongoClient(server.uri, serverSelectionTimeoutMS=20000)
    c = client.crash.docs
    found = {d["_id"]: d for d in c.find()}
    for w in workers:
        settle(w, found)
    want = {}
    for s in states:
        want.update(s)
    compare("collection scan", want, found)
    compare("index scan", want, {d["_id"]: d for d in c.find().hint([("k", 1)])})
    if c.estimated_document_count() != len(want):
        raise Lost(f"count says {c.estimated_document_count()}, there are {len(want)}")
    client.close()
    if dump_log:
        out = subprocess.run([dump_log, server.data], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if out.returncode != 0:
            raise Lost(f"the log cannot be read: {out.stderr[-2000:]}")
        compare("log", want, replay(out.stdout.splitlines()))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--dolmen", required=True)
    p.add_argument("--dump-log", help="the program that prints the log as JSON lines")
    p.add_argument("--rounds", type=int, default=20)
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--option", action="append", default=[], help="for the server")
    a = p.parse_args()
    seed = a.seed if a.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    server = Server(a.dolmen, options=a.option)
    states, workers, acked = [State() for _ in range(THREADS)], [], 0
    try:
        for n in range(a.rounds + 1):
            started = time.monotonic()
            server.start()
            took = time.monotonic() - started
            if n == 0:
                client = pymongo.MongoClient(server.uri)
                client.crash.create_collection("docs")
                client.crash.docs.create_index([("k", 1)])
                client.close()
            check(server, states, workers, a.dump_log)
            if n == a.rounds:
                break
            stop = threading.Event()
            workers = [Worker(i, server.uri, states[i], rng.random(), stop) for i in range(THREADS)]
            for w in workers:
                w.start()
            time.sleep(rng.uniform(0.05, 2.0))
            server.kill()
            stop.set()
            for w in workers:
                w.join(60)
                if w.error is None and w.pending:
                    raise Lost("a thread ended without an error in the middle of a write")
            acked += sum(w.acked for w in workers)
            server.check_log()
            print(f"round {n + 1}: {sum(w.acked for w in workers)} writes acknowledged, {sum(map(len, states))} documents, "
                  f"start {took:.2f} s", flush=True)
        server.stop()
    except Lost as e:
        server.kill()
        sys.exit(f"FAILED (seed {seed}, data in {server.directory}): {e}")
    except Exception:
        server.kill()
        print(f"seed {seed}, data in {server.directory}, the end of {server.log}:\n{server.tail(150)}", file=sys.stderr)
        raise
    shutil.rmtree(server.directory)
    print(f"{a.rounds} rounds, {acked} acknowledged writes: nothing lost, nothing invented")


main()
