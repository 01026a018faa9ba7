#!/usr/bin/python3
"""Calls to the disk that fail, again and again, held against a ledger kept outside.

The server runs under disk_shim.so, which makes chosen calls fail: a sync, a write, an opening, a renaming of a log file, a
table, the manifest.  KINDS says for each what may become of the server:
  - stops      it ends, for a log that could not be synced, and says so,
  - refuses    it takes no writes until it is started again, and says why; reads go on (of RocksDB's own work only a full disk
               is something that it can leave behind it without being opened anew),
  - waits      it takes no writes for now, and says why; reads go on; when the fault is over it takes them again by itself,
  - goes on    nothing that a client would notice, but perhaps an error of the command that met it.
Meanwhile several threads write and keep a ledger; then the server is stopped or killed, most times the power is cut, it starts
without faults, and everything is checked as after a power loss (power.py): nothing acknowledged is lost, nothing is invented.
The kind "start" lets any call fail while the server opens its directory: it opens, or says what is wrong and changes nothing
for the worse.
"""
import argparse
import collections
import concurrent.futures
import errno
import os
import random
import signal
import sys
import time

import disk as d
from ledger import Lost
from rig import Rig
from wire import Closed, Wire

FOREVER = 1 << 30

STOPS, REFUSES, WAITS, GOES_ON, ASSERTS = "stops", "refuses", "waits", "goes on", "is ended by RocksDB's assertion"

# Of a RocksDB that is built with assertions, as Debian's is; another build answers with an error.
ASSERTIONS = (
    # A flush or a sync that was under way as a write of the log failed touches that log file.
    "AssertFalseAndGetStatusForPrevError",
    # A compaction of tables of which nothing is left (all of it was removed by range) could not write its empty table, and is
    # asked for that table's smallest key.
    "internal_key.size() >= kNumInternalBytes",
)

# name: (operations, classes of files, errors, how many calls fail, what may become of the server)
KINDS = {
    "log-sync": (d.SYNC, d.LOG, [errno.EIO, errno.ENOSPC, errno.EDQUOT], 1, {STOPS}),
    "closed-log-sync": (d.SYNC, d.CLOSED_LOG, [errno.EIO, errno.ENOSPC], 1, {STOPS}),
    "log-write": (d.WRITE, d.LOG, [errno.EIO, errno.ENOSPC], 1, {REFUSES, ASSERTS}),
    "log-full": (d.WRITE, d.LOG, [errno.ENOSPC], FOREVER, {REFUSES, ASSERTS}),
    "log-ahead": (d.WRITE, d.AHEAD, [errno.EIO, errno.ENOSPC], 5, {GOES_ON}),
    "log-create": (d.CREATE, d.LOG, [errno.EIO, errno.ENOSPC, errno.EMFILE], 1, {REFUSES, WAITS, GOES_ON}),
    "log-archive": (d.RENAME, d.LOG, [errno.EIO, errno.ENOSPC], 3, {REFUSES, WAITS, GOES_ON}),
    "log-close": (d.TRUNCATE, d.LOG | d.TABLE, [errno.EIO], 1, {REFUSES, WAITS, GOES_ON, ASSERTS}),
    "history-link": (d.LINK, d.HISTORY, [errno.EIO, errno.ENOSPC, errno.EMLINK], 2, {GOES_ON}),
    # It tries again each second, and where no table has to be written at once that succeeds for a while.
    "table-full": (d.WRITE, d.TABLE, [errno.ENOSPC], FOREVER, {WAITS, GOES_ON, ASSERTS}),
    "table-write": (d.WRITE, d.TABLE, [errno.EIO], 2, {REFUSES, WAITS, GOES_ON, ASSERTS}),
    "table-sync": (d.SYNC, d.TABLE, [errno.EIO, errno.ENOSPC], 1, {REFUSES, WAITS, GOES_ON, ASSERTS}),
    "table-create": (d.CREATE, d.TABLE, [errno.EIO, errno.ENOSPC, errno.EMFILE], 2, {REFUSES, WAITS, GOES_ON}),
    "table-open": (d.OPEN, d.TABLE, [errno.EIO, errno.EMFILE], 2, {REFUSES, WAITS, GOES_ON}),
    "table-unlink": (d.UNLINK, d.TABLE, [errno.EIO], 2, {REFUSES, WAITS, GOES_ON}),
    "manifest-write": (d.WRITE, d.MANIFEST, [errno.EIO, errno.ENOSPC], 1, {REFUSES, WAITS, GOES_ON}),
    "manifest-sync": (d.SYNC, d.MANIFEST, [errno.EIO, errno.ENOSPC], 1, {REFUSES, WAITS, GOES_ON}),
    "directory-sync": (d.SYNC, d.DIRECTORY, [errno.EIO], 1, {STOPS, REFUSES, WAITS, GOES_ON}),
    "watermark-write": (d.WRITE, d.WATERMARK, [errno.EIO, errno.ENOSPC], 5, {GOES_ON}),
    "all-full": (d.WRITE | d.CREATE | d.MKDIR, (255 | d.AHEAD) & ~d.WATERMARK, [errno.ENOSPC], FOREVER, {REFUSES, WAITS, ASSERTS}),
    "disk-full": None,
    "start": None,
}


class Missed(Exception):
    """The call that was to fail has not been made."""


def alive(rig):
    return rig.server.process.poll() is None


def wait_for(what, seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Lost(f"{what}: not within {seconds} s")
        time.sleep(0.01)


def try_write(rig):
    """None when the server takes a write, else what it says."""
    wire = Wire(rig.server.port, timeout=60)
    reply = wire.command("probe", {"insert": "probe", "documents": [{}], "writeConcern": {"w": "majority"}})
    wire.close()
    if reply.get("ok") == 1 and not reply.get("writeErrors") and reply["n"] == 1:
        return None
    return (reply.get("writeErrors") or [reply])[0]


def outcome(rig, before):
    """What has become of the server."""
    if not alive(rig):
        status = rig.server.process.wait()
        if status == -signal.SIGABRT and "The log cannot be synced: stopping" in said(rig, before):
            return STOPS
        if status == -signal.SIGABRT and rig.disk.hits() and any(a in said(rig, before) for a in ASSERTIONS):
            return ASSERTS
        raise Lost(f"the server has ended with {status}:\n{rig.server.tail(5)}")
    try:
        error = try_write(rig)
    except Closed:
        # It met the fault itself.
        time.sleep(0.05)
        return outcome(rig, before)
    if error is None:
        return GOES_ON
    if "takes no writes until it is started again" in error["errmsg"]:
        return REFUSES
    if "takes no writes for now" in error["errmsg"]:
        return WAITS
    raise Lost(f"a write is answered with {error}")


def said(rig, before):
    with open(rig.server.log, errors="replace") as f:
        f.seek(before)
        return f.read()


def arm(rig, kind):
    ops, classes, errors, times, _ = KINDS[kind]
    often = classes & d.LOG and ops & (d.WRITE | d.SYNC)
    skip = rig.rng.randint(0, 300 if ops & d.WRITE and often else 20 if often else 3)
    rig.disk.fail(0, ops, classes, rig.rng.choice(errors), skip=skip, times=times, partly=rig.rng.random() < 0.4)


def look_again(rig, before, became):
    """What became of the server, which RocksDB may end while it tries again."""
    try:
        rig.look_again()
    except Closed:
        time.sleep(0.05)
        return outcome(rig, before)
    return became


def life(rig, kind):
    """One life of the server with a fault in it.  Returns what became of it."""
    before = os.path.getsize(rig.server.log)
    rig.load(rig.rng.choice([0, 0.05, 0.3]), may_refuse=True)
    time.sleep(rig.rng.uniform(0.02, 0.15))
    arm(rig, kind)
    end = time.monotonic() + 10
    while not rig.disk.hits() and alive(rig) and time.monotonic() < end:
        time.sleep(0.005)
    if not rig.disk.hits():
        rig.disk.heal()
        raise Missed()
    time.sleep(rig.rng.uniform(0.05, 0.3))
    became = outcome(rig, before)
    if became in (REFUSES, WAITS):
        became = look_again(rig, before, became)
    rig.disk.heal()
    if became == WAITS:
        wait_for("writes are taken again", 60, lambda: outcome(rig, before) != WAITS)
        now = outcome(rig, before)
        if now == ASSERTS:
            became = now
        elif now != GOES_ON:
            raise Lost(f"the fault is over, and now the server {now}:\n{rig.server.tail(5)}")
        time.sleep(rig.rng.uniform(0.02, 0.1))
    if became not in KINDS[kind][4]:
        raise Lost(f"the server {became}:\n{rig.server.tail(8)}")
    return became


def full(rig):
    """The disk fills up and is emptied again, as statvfs has it; no call fails."""
    rig.load(rig.rng.choice([0, 0.05, 0.3]), may_refuse=True)
    time.sleep(rig.rng.uniform(0.02, 0.15))
    rig.disk.say_free(rig.rng.randrange(128 << 20))
    wait_for("writes are refused", 30, lambda: try_write(rig) is not None)
    error = try_write(rig)
    if error["code"] != 14031 or "the disk is nearly full" not in error["errmsg"]:
        raise Lost(f"a full disk is told of as {error}")
    rig.look_again()
    rig.disk.say_free(-1)
    wait_for("writes are taken again", 30, lambda: try_write(rig) is None)
    time.sleep(rig.rng.uniform(0.02, 0.1))
    return WAITS


def end(rig):
    """The server's life ends in one way or another, if it has not ended yet."""
    rng = rig.rng
    if alive(rig) and rng.random() < 0.3:
        rig.stop_in_order()
    rig.kill()
    acked, refused = rig.join()
    if rng.random() < 0.7:
        words = rig.lose_power()
        if rig.verbose:
            print(f"  {words}", flush=True)
    return acked, refused


def start(rig):
    """Calls fail while the server opens: it does or it does not, and says why."""
    rng = rig.rng
    before = os.path.getsize(rig.server.log)
    classes = rng.choice([d.LOG | d.AHEAD, d.MANIFEST, d.CURRENT, d.TABLE, d.WATERMARK, d.DIRECTORY, d.HISTORY, 255 | d.AHEAD])
    ops = rng.choice([d.OPEN | d.CREATE, d.WRITE, d.SYNC, d.RENAME | d.LINK | d.UNLINK | d.TRUNCATE, 511])
    rig.disk.fail(0, ops, classes, rng.choice([errno.EIO, errno.ENOSPC, errno.EMFILE]), skip=rng.choice([0, 0, 1, 3, 10, 30]),
                  times=rng.choice([1, 1, 5]))
    try:
        rig.server.start()
        became = GOES_ON
    except RuntimeError as e:
        status = rig.server.process.returncode
        if status == -signal.SIGABRT and "The log cannot be synced: stopping" in said(rig, before):
            became = STOPS
        elif status == 2 and f"\ndolmen: " in "\n" + said(rig, before):
            became = "does not start"
        else:
            raise Lost(f"the server ended with {status} while it opened: {e}") from None
    if not rig.disk.hits():
        rig.disk.heal()
        raise Missed()
    rig.disk.heal()
    if became == GOES_ON:
        # RocksDB may have met it in the background, which has to be said by now.
        time.sleep(0.02)
        became = outcome(rig, before)
    if became == GOES_ON and rng.random() < 0.5:
        rig.check()
        rig.load(0.05, may_refuse=True)
        time.sleep(rng.uniform(0.02, 0.2))
    return became


def one_round(rig, kind):
    if kind == "start":
        became = start(rig)
    else:
        rig.start()
        rig.check()
        became = full(rig) if kind == "disk-full" else life(rig, kind)
    acked, refused = end(rig)
    return became, acked, refused


class Tally:
    def __init__(self):
        self.became, self.missed, self.acked, self.refused = collections.Counter(), 0, 0, 0

    def rounds(self):
        return sum(self.became.values())

    def words(self):
        return (f"{self.rounds()} rounds, {self.acked} effects acknowledged, {self.refused} writes refused; the server " +
                ", ".join(f"{how} {n}" for how, n in self.became.items()) +
                (f"; {self.missed} times the call was not made" if self.missed else ""))


def some_rounds(rig, kind, tally, a):
    """On one data directory."""
    rig.first_time()
    rig.kill()
    end_at = min(tally.rounds() + a.epoch, a.rounds)
    while tally.rounds() < end_at:
        try:
            how, acked, refused = one_round(rig, kind)
            tally.became[how] += 1
            tally.acked += acked
            tally.refused += refused
        except Missed:
            tally.missed += 1
            if tally.missed > 20 + 10 * a.rounds:
                raise Lost("the call that is to fail is hardly ever made") from None
            end(rig)
        if a.verbose:
            print(f"  {kind}: {tally.words()}", flush=True)
    rig.start()
    rig.check()
    rig.server.stop()
    rig.remove()


def rounds(a, kind, seed):
    tally = Tally()
    while tally.rounds() < a.rounds:
        rig = Rig(a, random.Random(f"{seed} {kind} {tally.rounds()}"))
        try:
            some_rounds(rig, kind, tally, a)
        except Lost as e:
            rig.server.kill()
            sys.exit(f"FAILED ({kind}, seed {seed}, round {tally.rounds() + 1}, data in {rig.directory}): {e}")
        except Exception:
            rig.server.kill()
            print(f"{kind}, seed {seed}, data in {rig.directory}, the end of {rig.server.log}:\n{rig.server.tail(30)}",
                  file=sys.stderr)
            raise
    print(f"{kind}: {tally.words()}", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--dolmen", required=True)
    p.add_argument("--dump-log", required=True, help="the program that prints the log as JSON lines")
    p.add_argument("--shim", required=True, help="disk_shim.so")
    p.add_argument("--rounds", type=int, default=3, help="of each kind")
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--jobs", type=int, default=1, help="kinds at once")
    p.add_argument("--epoch", type=int, default=10, help="rounds on one data directory")
    p.add_argument("--option", action="append", default=[], help="for the server")
    p.add_argument("--verbose", action="store_true")
    p.add_argument("kinds", nargs="*", help="only these: " + ", ".join(KINDS))
    a = p.parse_args()
    seed = a.seed if a.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    pool = concurrent.futures.ThreadPoolExecutor(a.jobs)
    jobs = [pool.submit(rounds, a, kind, seed) for kind in a.kinds or KINDS]
    try:
        for job in jobs:
            job.result()
    finally:
        pool.shutdown(cancel_futures=True)


main()
