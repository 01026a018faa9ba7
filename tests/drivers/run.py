#!/usr/bin/python3
"""Real clients against a real server.

Debian's iso-codes go in with mongosh; mongosh, the Node driver, the Python driver and libmongoc ask the same questions
(queries.json) and must give the answers that oracle.py computes from the files; then again after kill -9, and after an
orderly restart. Then each client's own tests run (node/test_*.js, python/test_*.py, mongosh/test_*.js), on a standalone
server and on one with --replset.
"""
import argparse
import glob
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import oracle  # noqa: E402
from server import Server  # noqa: E402

ISO_CODES = "/usr/share/iso-codes/json"
QUERIES = os.path.join(HERE, "queries.json")
MONGOSH = os.path.join(HERE, "node_modules", ".bin", "mongosh")


def run(command, timeout=300, **env):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=timeout, env=dict(os.environ, MONGOSH_FORCE_DISABLE_TELEMETRY_FOR_TESTING="1", **env))
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])}... ended with {done.returncode}:\n{done.stdout[-6000:]}")
    return done.stdout


def mongosh(uri, script, **env):
    return run([MONGOSH, "--quiet", "--norc", uri, script], **env)


def clients(uri, answers):
    yield "mongosh", lambda: mongosh(uri, os.path.join(HERE, "mongosh", "answers.js"), QUERIES=QUERIES)
    yield "node", lambda: run(["node", os.path.join(HERE, "node", "answers.js"), uri, QUERIES])
    yield "python", lambda: run(["/usr/bin/python3", os.path.join(HERE, "python", "answers.py"), uri, QUERIES])
    if answers:
        yield "libmongoc", lambda: run([answers, uri, QUERIES])


def check_answers(server, expected, answers, when):
    for name, ask in clients(server.uri, answers):
        got = {}
        for line in ask().splitlines():
            if line.startswith("{"):
                answer = json.loads(line)
                got[answer["name"]] = answer["result"]
        for query, want in expected.items():
            # json.dumps keeps the order of fields: it counts
            if json.dumps(got.get(query)) != json.dumps(want):
                raise RuntimeError(f"{when}, {name}, '{query}':\n  want {json.dumps(want)[:600]}\n  got  {json.dumps(got.get(query))[:600]}")
        print(f"  {when}: {name}: {len(expected)} answers as expected", flush=True)


def iso_codes(dolmen, answers, options):
    data = oracle.load(ISO_CODES)
    with open(QUERIES) as f:
        expected = {q["name"]: oracle.answer(data, q) for q in json.load(f)}
    with Server(dolmen, options=options) as server:
        print(mongosh(server.uri, os.path.join(HERE, "mongosh", "load.js"), ISO_CODES=ISO_CODES), end="")
        check_answers(server, expected, answers, "loaded")
        server.kill()
        server.start()
        check_answers(server, expected, answers, "after kill -9")
        server.stop()
        server.start()
        check_answers(server, expected, answers, "after a restart")


def own_tests(dolmen, options):
    """Each client's own tests, all on one server, in databases of their own."""
    failed = 0
    with Server(dolmen, options=options) as server:
        tests = [(["node", "--test", t, ], t) for t in sorted(glob.glob(os.path.join(HERE, "node", "test_*.js")))]
        tests += [(["/usr/bin/python3", t], t) for t in sorted(glob.glob(os.path.join(HERE, "python", "test_*.py")))]
        tests += [([MONGOSH, "--quiet", "--norc", server.uri, t], t) for t in sorted(glob.glob(os.path.join(HERE, "mongosh", "test_*.js")))]
        for command, path in tests:
            try:
                run(command, DOLMEN_URI=server.uri, DOLMEN_REPLSET="1" if "--replset" in options else "")
                print(f"  PASS {os.path.relpath(path, HERE)} {' '.join(options)}", flush=True)
            except (RuntimeError, subprocess.TimeoutExpired) as e:
                failed += 1
                print(f"  FAIL {os.path.relpath(path, HERE)} {' '.join(options)}\n{e}", flush=True)
    return failed


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--dolmen", required=True, help="the program")
    p.add_argument("--answers", help="the libmongoc program that runs queries.json")
    a = p.parse_args()
    failed = 0
    # --slow-ms 0: every operation is logged as a slow one, with its plan
    for options in ([], ["--replset", "rs0", "--slow-ms", "0"]):
        print(f"server options: {options}", flush=True)
        iso_codes(a.dolmen, a.answers, options)
        failed += own_tests(a.dolmen, options)
    sys.exit(1 if failed else 0)


main()
