#!/usr/bin/python3
"""Power loss under load, again and again, held against a ledger kept outside.

kill -9 loses nothing that was written, so it cannot tell j:true from w:1.  Here the server runs under disk_shim.so, which
keeps a journal of what was synced; after the kill the data directory is cut back to what a disk would hold (disk.py), at
random from nothing but what was synced to nearly all, and the server starts on that.  Each round:
  - loads the server: inserts, batches, updates, replacements, removals, findAndModify, retryable writes, collections and
    indexes that come and go; w:1, j:true and w:majority mixed,
  - kills it, in the midst or, now and then, while it opens; reads the log as it was; and most times cuts the power,
  - starts it and checks: everything acknowledged with j:true or majority is there; what is lost is the end of what each
    writer, and of what the server, has done; scan, index scans and count agree with the ledger; the log, replayed from its
    beginning, does too, begins as the log before the crash did, and gives no position (term, cluster time, sequence) of a lost
    commit out again; a retryable write that is sent again has happened once.
What a client has read after one start is there after the next power loss.  Every so many rounds a new data directory is made;
and the old one is damaged below what was synced, which the server must refuse, and repaired.
"""
import argparse
import json
import os
import random
import struct
import sys
import time

from ledger import Lost, dump
from rig import Rig


def watermark(rig):
    """Up to which sequence number the server says that its log was on disk: format.md."""
    with open(os.path.join(rig.server.data, "SYNCED"), "rb") as f:
        slots = f.read()
    found = [struct.unpack_from("<8sQQI", slots, at) for at in (0, 512)]
    return max((term, sequence) for magic, sequence, _, term in found if magic == b"DLMSYNC1")[1]


def cut_below(rig, path, synced):
    """Cuts the log file so far that a commit is lost that the watermark promises.  Returns how long it is then."""
    promised = [x for x in (json.loads(line)["sequence"] for line in rig.log) if x <= watermark(rig)][-1]
    size = synced - 1
    while True:
        os.truncate(path, size)
        left = dump(rig.dump_log, rig.server.data)
        if json.loads(left[-1])["sequence"] < promised:
            return size
        if size == 0:
            raise AssertionError(f"{path} holds nothing that was promised")
        size //= 2


def damaged(rig):
    """Takes a part of the log away that was synced: the server must say that the directory is damaged, and change nothing."""
    logs = {path: n for path, n in rig.disk.synced_sizes().items()
            if path.endswith(".log") and os.path.dirname(path).endswith("/db") and n}
    if not logs:
        return "no log to damage"
    path = max(logs)
    with open(path, "rb") as f:
        whole = f.read()
    size = cut_below(rig, path, logs[path])
    try:
        rig.server.start()
    except RuntimeError as e:
        if "is damaged: commits up to number" not in rig.server.tail(3):
            raise Lost(f"a damaged directory is refused without saying so: {e}") from None
    else:
        raise Lost(f"{path} was synced up to {logs[path]}, ends at {size}, and the server opens")
    if os.path.getsize(path) != size:
        raise Lost("a directory that is refused has been changed")
    with open(path, "wb") as f:
        f.write(whole)
    return "damage is refused"


def one_round(rig, a):
    rng = rig.rng
    interval = rng.choice([20, 100, 500, 500])
    rig.start("--sync-interval-ms", str(interval))
    lost = rig.check()
    rig.load(rng.choice([0, 0.01, 0.05, 0.3]))
    time.sleep(rng.uniform(a.shortest, a.longest))
    rig.kill()
    acked, _ = rig.join()
    words = ""
    for _ in range(rng.choice([0, 0, 0, 0, 1, 2])):
        if rng.random() < 0.5:
            words += "\n  killed; " + rig.lose_power()
        rig.start_and_kill(rng.uniform(0.01, 0.2))
        words += "\n  killed while it opened"
    if rng.random() < 0.85:
        words += "\n  " + rig.lose_power()
    return acked, lost, words


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--dolmen", required=True)
    p.add_argument("--dump-log", required=True, help="the program that prints the log as JSON lines")
    p.add_argument("--shim", required=True, help="disk_shim.so")
    p.add_argument("--rounds", type=int, default=20)
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--epoch", type=int, default=15, help="rounds on one data directory")
    p.add_argument("--shortest", type=float, default=0.05, help="seconds of load")
    p.add_argument("--longest", type=float, default=0.5)
    p.add_argument("--option", action="append", default=[], help="for the server")
    p.add_argument("--verbose", action="store_true", help="what became of each file")
    a = p.parse_args()
    seed = a.seed if a.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    totals, rig = [0, 0, 0], None
    try:
        for n in range(a.rounds):
            if n % a.epoch == 0:
                rig = Rig(a, random.Random(f"{seed} {n}"))
                rig.first_time()
                rig.kill()
            acked, lost, words = one_round(rig, a)
            totals = [t + x for t, x in zip(totals, (acked, *lost))]
            print(f"round {n + 1}: lost {lost[0]} effects of w:1, {lost[1]} commits at the start; then {acked} effects acknowledged"
                  + (words if a.verbose else ""), flush=True)
            if n % a.epoch == a.epoch - 1 or n == a.rounds - 1:
                rig.start()
                lost = rig.check()
                totals = [t + x for t, x in zip(totals, (0, *lost))]
                rig.kill()
                print(f"  {damaged(rig)}", flush=True)
                rig.start()
                rig.check()
                rig.server.stop()
                rig.remove()
    except Lost as e:
        rig.server.kill()
        sys.exit(f"FAILED (seed {seed}, round {n + 1}, data in {rig.directory}): {e}")
    except Exception:
        if rig:
            rig.server.kill()
        print(f"seed {seed}, round {n + 1}, data in {rig.directory}, the end of {rig.server.log}:\n{rig.server.tail(50)}", file=sys.stderr)
        raise
    print(f"{a.rounds} rounds, {totals[0]} effects acknowledged; lost, as they may be: {totals[1]} of w:1, {totals[2]} commits. "
          "Nothing durable lost, nothing invented")


main()
