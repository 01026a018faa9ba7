"""A server on a disk that can lose power or fail, those who write to it, and the ledger that it is held against."""
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from disk import Disk  # noqa: E402
from ledger import History, Lost, compare, continues, dump, replay  # noqa: E402
from server import Server  # noqa: E402
from wire import Wire  # noqa: E402
from writers import DB, DOCS, Builder, Writer  # noqa: E402

WRITERS = 5


class Rig:
    def __init__(self, a, rng):
        self.dump_log, self.verbose, self.rng = a.dump_log, a.verbose, rng
        self.directory = tempfile.mkdtemp(prefix="dolmen-power-")
        self.side = os.path.join(self.directory, "side")
        os.mkdir(self.side)
        self.disk = Disk(os.path.join(self.directory, "disk"), self.side, a.shim)
        self.replset = rng.random() < 0.5
        self.server = Server(a.dolmen, directory=self.directory, env=self.disk.env())
        self.server.data = os.path.join(self.disk.root, "data")
        self.options = list(a.option)
        self.histories = [History() for _ in range(WRITERS + 1)]
        self.stop = threading.Event()
        self.threads = []
        self.log = []          # as it was before the last crash
        self.log_durable = 0   # so many lines of it were on disk for certain
        self.power_lost = False

    def remove(self):
        shutil.rmtree(self.directory)

    # ---- a life of the server

    def start(self, *options):
        self.server.options = self.options + (["--replset", "rs0"] if self.replset else []) + list(options)
        try:
            self.server.start()
        except RuntimeError as e:
            raise Lost(f"the server does not start: {e}") from None

    def start_and_kill(self, seconds):
        """Power fails while it opens."""
        with open(self.server.log, "ab") as log:
            p = subprocess.Popen([self.server.dolmen, "server", "--data-dir", self.server.data, "--port", "0", *self.options],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=self.server.env)
        time.sleep(seconds)
        p.kill()
        p.wait()
        self.disk.mend()

    def first_time(self):
        self.start()
        wire = Wire(self.server.port)
        wire.must(DB, {"create": DOCS, "writeConcern": {"w": "majority"}})
        wire.must(DB, {"createIndexes": DOCS, "indexes": [{"key": {"k": 1}, "name": "k_1"}], "writeConcern": {"w": "majority"}})
        wire.close()

    def load(self, durable_share, may_refuse=False):
        self.stop = threading.Event()
        args = [(i, self.histories[i], self.rng.random(), durable_share, may_refuse) for i in range(WRITERS + 1)]
        self.threads = [Writer(*x, retries=self.replset) for x in args[:-1]] + [Builder(*args[-1])]
        for t in self.threads:
            t.load(self.server.port, self.stop)

    def join(self):
        """Ends the load; what the threads did, summed up."""
        self.stop.set()
        for t in self.threads:
            t.join(120)
            if t.error:
                raise t.error
        return sum(t.acked for t in self.threads), sum(t.refused for t in self.threads)

    def kill(self):
        self.server.kill()
        self.server.check_log()
        self.disk.mend()
        self.log = dump(self.dump_log, self.server.data) if os.path.exists(self.server.data) else []

    def lose_power(self, style=None):
        """After kill()."""
        self.power_lost = True
        return self.disk.cut(self.rng, style)

    def stop_in_order(self):
        """Ends the load, then the server: all that was acknowledged is on disk, unless a power loss that nobody has looked
        behind may have taken it before."""
        self.join()
        self.server.stop()
        if not self.power_lost:
            for h in self.histories:
                h.all_durable()

    # ---- the check

    def look_again(self):
        """Reads go on while writes are refused, and show what was acknowledged."""
        for t in self.threads:
            t.turn.acquire()
        try:
            found, wire = self.look()
            wire.close()
            for i, h in enumerate(self.histories):
                h.copy().settle(f"writer {i}, while writes are refused", {k: v for k, v in found.items() if self.owner(k) == i}, False)
        finally:
            for t in self.threads:
                t.turn.release()

    def check(self):
        """All that the server holds against the ledgers; from here on that is what there is.  Returns how many acknowledged
        effects and how many commits were lost, as they may be."""
        now = dump(self.dump_log, self.server.data)
        commits = continues(self.log, self.log_durable, now)
        found, wire = self.look()
        state = {}
        effects = 0
        for i, h in enumerate(self.histories):
            mine = {key: v for key, v in found.items() if self.owner(key) == i}
            effects += h.settle(f"writer {i}", mine, self.power_lost)
            state.update(h.state)
        compare("all writers together", state, found)
        collections = {name: {} for c, name in found if c == ""}
        collections[DOCS] = {}
        for (c, i), doc in found.items():
            if c:
                collections[c][i] = doc
        compare("log", collections, replay(now, DB))
        for t in self.threads:
            if isinstance(t, Writer):
                t.send_again(wire)
        wire.close()
        self.threads = []
        self.log_durable = len(now)
        self.power_lost = False
        self.disk_is_as_seen()
        return effects, commits

    def disk_is_as_seen(self):
        """What a client has read after a start is on disk: the ledgers begin with it."""
        for h in self.histories:
            h.effects = []

    @staticmethod
    def owner(key):
        c, i = key
        name = c if c not in ("", DOCS) else i
        if c == DOCS:
            return int(name[1:] if name[0] == "r" else name.split("-")[0])
        return WRITERS

    def look(self):
        """Everything there is, once by each index, and counted."""
        wire = Wire(self.server.port)
        found = {}
        for c in wire.all(DB, {"listCollections": 1, "nameOnly": True}):
            name = c["name"]
            docs = {d["_id"]: d for d in wire.all(DB, {"find": name, "batchSize": 5000})}
            indexes = [x["name"] for x in wire.all(DB, {"listIndexes": name}) if x["name"] != "_id_"]
            for index in indexes:
                by_index = wire.all(DB, {"find": name, "hint": index, "batchSize": 5000})
                compare(f"{name} by {index}", docs, {d["_id"]: d for d in by_index})
                if len(by_index) != len(docs):
                    raise Lost(f"{name} by {index}: {len(by_index)} entries for {len(docs)} documents")
            n = wire.must(DB, {"count": name})["n"]
            if n != len(docs):
                raise Lost(f"count says {n} for {name}, there are {len(docs)}")
            for i, d in docs.items():
                found[name, i] = d
            if name != DOCS:
                found["", name] = tuple(sorted(indexes))
            elif indexes != ["k_1"]:
                raise Lost(f"the indexes of {name} are {indexes}")
        return found, wire
