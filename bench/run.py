"""Runs the server and its two ceilings in turn, several rounds, and says how they compare.

For each measure of a round the same load goes to the server, to the wire's ceiling (wire_ceiling) and, without a wire, to the
store's (store_ceiling), one right after the other, so that what else the machine does meets all three. A figure is the work
done for one second of CPU time of the process measured, not for a second on the clock: that counts what the server costs, not
how the load generator and it share the cores. A ratio is taken in each round; the median of the rounds is what is reported.

    wire      server / wire ceiling
    store     server / store ceiling
    combined  server / what a program would reach that does both and nothing else, 1 / (1 / wire + 1 / store)
    clock     server / store ceiling, both for a second on the clock: for what waits for the disk
"""
import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import plot

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


class Measure:
    def __init__(self, name, mix, against, target=None, unit="operations", connections=64, count=None, store_threads=1,
                 journal=False, quick=True, indexes=0):
        self.name, self.mix, self.against, self.target, self.unit = name, mix, against, target, unit
        self.connections, self.count, self.store_threads = connections, count, store_threads
        self.journal, self.quick, self.indexes = journal, quick, indexes

    @property
    def loads(self):
        return not self.mix.startswith(("insert", "batch"))


MEASURES = [
    Measure("find_by_id", "find", "wire", 0.70),
    Measure("insert_one", "insert", "combined", 0.60, count="writes"),
    Measure("insert_one_random", "insert-random", "combined", count="writes", quick=False),
    Measure("update_by_id", "update", "combined", 0.60, count="writes"),
    Measure("insert_batch_ascending", "batch-ascending", "store", 0.50, "documents", connections=1, count="batches"),
    Measure("insert_batch_random", "batch-random", "store", 0.35, "documents", connections=1, count="batches"),
    Measure("insert_five_indexes", "insert", "combined", 0.70, count="writes", quick=False, indexes=5),
    Measure("batch_five_indexes", "batch-ascending", "store", 0.60, "documents", connections=1, count="batches", quick=False,
            indexes=5),
    Measure("scan_filtered", "scan", "store", 0.40, "documents", connections=1),
    Measure("scan_three", "scan3", "store", 0.50, "documents", connections=1, quick=False),
    Measure("range_100", "range", "combined", unit="documents", quick=False),
    Measure("insert_journaled", "insert", "clock", 1.0, connections=8, store_threads=8, journal=True),
    *[Measure(f"ycsb_{c}", f"ycsb-{c}", "combined", count="writes" if c in "af" else None, quick=False) for c in "abcdef"],
]
SPECIAL = ["idle_connections", "p99_beside_scan", "index_build", "many_indexes", "plan_choice"]


class Failed(Exception):
    pass


class Program:
    """A server of ours or the wire's ceiling: says on its standard output where it listens."""

    def __init__(self, argv, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode()
        while line and "Listening on 127.0.0.1:" not in line:
            line = self.process.stdout.readline().decode()
        found = re.search(r"Listening on 127\.0\.0\.1:(\d+)", line)
        if not found:
            self.stop()
            raise Failed(f"{argv[0]} did not start; its words are in {log}")
        self.port, self.pid = int(found.group(1)), self.process.pid

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


class Bench:
    def __init__(self, args, directory):
        self.args, self.directory = args, directory
        self.n_runs = self.n_servers = 0

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def tool(self, name):
        return os.path.join(self.args.build, "bench", name)

    def start_server(self, name):
        os.makedirs(self.path(name))
        return self.start_again(name)

    def start_again(self, name):
        return Program([os.path.join(self.args.build, "dolmen"), "server", "--data-dir", self.path(name, "data"), "--port", "0",
                        "--loops", str(self.args.loops), "--cache-size", self.args.cache_size, *self.args.server_option],
                       self.path(name, "log"))

    def start_wire(self):
        return Program([self.tool("wire_ceiling"), "--loops", str(self.args.loops), "--document-size",
                        str(self.args.document_size)], self.path("wire.log"))

    def run_json(self, argv):
        limit = self.args.duration / 1000 + 120
        try:
            done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit, text=True, check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"{' '.join(argv)} was not done after {limit:.0f} s") from None
        if done.returncode:
            raise Failed(f"{' '.join(argv)} failed:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def common(self, m):
        argv = ["--mix", m.mix, "--records", str(self.args.records), "--document-size", str(self.args.document_size),
                "--duration", str(self.args.duration), "--seed", str(self.n_runs), "--indexes", str(m.indexes)]
        if m.count:
            argv += ["--operations", str(getattr(self.args, m.count)), "--duration", "60000"]
        else:
            # Long enough for every document to have been read: a hundred reads a millisecond, seven for each.
            argv += ["--warm-up", str(max(self.args.duration // 5, self.args.records // 14))]
        return argv + (["--journal"] if m.journal else [])

    def load(self, program, m):
        self.n_runs += 1
        argv = [self.tool("load"), "--uri", f"mongodb://127.0.0.1:{program.port}/", "--pid", str(program.pid),
                "--collection", f"docs{self.n_runs}", "--connections", str(m.connections), *self.common(m)]
        return self.run_json(argv + (["--load"] if m.loads else []) + (["--sessions"] if self.args.sessions else []))

    def store(self, m):
        self.n_runs += 1
        where = self.path(f"store{self.n_runs}")
        argv = [self.tool("store_ceiling"), "--dir", where, "--threads", str(m.store_threads), "--cache-size",
                self.args.cache_size, *self.common(m)]
        try:
            return self.run_json(argv)
        finally:
            shutil.rmtree(where, ignore_errors=True)

    def serve(self, m):
        """On a server of its own: what earlier measures left to compact is not this one's."""
        self.n_servers += 1
        name = f"server{self.n_servers}"
        server = self.start_server(name)
        try:
            return self.load(server, m)
        finally:
            server.stop()
            shutil.rmtree(self.path(name))

    def one(self, m, wire):
        """One measure in one round."""
        got = {"server": figures(m, self.serve(m))}
        if m.against in ("wire", "combined"):
            got["wire"] = figures(m, self.load(wire, m))
        if m.against != "wire":
            got["store"] = figures(m, self.store(m))
        got["ratio"] = ratio(m, got)
        return got

    def round(self, number, measures, results):
        wire = self.start_wire()
        try:
            for m in measures:
                got = self.one(m, wire)
                results.setdefault(m.name, []).append(got)
                print(f"  round {number + 1}  {m.name:24}{got['ratio']:8.3f}   "
                      f"{got['server']['cpu_us']:8.2f} us of CPU each", file=sys.stderr)
        finally:
            wire.stop()

    # ---- memory of connections that do nothing, latency beside a scan

    def idle(self):
        server = self.start_server("idle")
        try:
            got = self.run_json([self.tool("load"), "--uri", f"127.0.0.1:{server.port}", "--pid", str(server.pid), "--idle",
                                 "10000", "--duration", "1000"])
        finally:
            server.stop()
        got["limit_bytes"] = 100 << 20
        got["ratio"] = round(got["limit_bytes"] / max(got["rss_bytes"] - got["rss_before_bytes"], 1), 3)
        got["target"] = 1.0
        return got

    def beside_scan(self):
        """Point reads at 2,000 a second, alone and beside a connection that scans."""
        server = self.start_server("beside")
        ms = 10000 if not self.args.quick else 2000
        argv = [self.tool("load"), "--uri", f"127.0.0.1:{server.port}", "--pid", str(server.pid), "--records",
                str(self.args.records), "--document-size", str(self.args.document_size), "--collection", "docs"]
        reads = [*argv, "--mix", "find", "--rate", "2000", "--connections", "16", "--duration", str(ms), "--warm-up", "500"]
        scans = [*argv, "--mix", "scan", "--connections", "1", "--duration", str(ms + 2000)]
        rounds = []
        try:
            self.run_json([*argv, "--mix", "find", "--operations", "1000", "--load"])
            for _ in range(5 if not self.args.quick else 1):
                quiet = self.run_json(reads)["latency_us"]["p99"]
                scan = subprocess.Popen(scans, stdout=subprocess.DEVNULL)
                time.sleep(0.5)
                beside = self.run_json(reads)["latency_us"]["p99"]
                if scan.wait():
                    raise Failed("the scan beside the point reads failed")
                rounds.append({"p99_quiet_us": quiet, "p99_us": beside, "ratio": max(2 * quiet, quiet + 2000) / beside})
        finally:
            server.stop()
        return {"ratio": round(statistics.median(r["ratio"] for r in rounds), 3), "target": 1.0,
                "p99_quiet_us": statistics.median(r["p99_quiet_us"] for r in rounds),
                "p99_us": statistics.median(r["p99_us"] for r in rounds), "rounds": rounds}


    # ---- indexes

    def loader(self, server, collection="docs", records=None):
        return [self.tool("load"), "--uri", f"127.0.0.1:{server.port}", "--pid", str(server.pid), "--records",
                str(records or self.args.records), "--document-size", str(self.args.document_size), "--collection", collection]

    def index_build(self):
        """An index of many documents, built again and again, beside 2,000 updates a second."""
        records, ms = self.args.build_records, 15000 if not self.args.quick else 2000
        server = self.start_server("build")
        try:
            load = self.loader(server, records=records)
            self.run_json([*load, "--mix", "find", "--operations", "1000", "--load"])
            writes = subprocess.Popen([*load, "--mix", "update", "--rate", "2000", "--connections", "16", "--duration",
                                       str(ms + 1000), "--warm-up", "500"], stdout=subprocess.PIPE, text=True)
            time.sleep(1)
            built = self.run_json([*load, "--build-index", "--duration", str(ms)])
            out = writes.communicate()[0]
            if writes.returncode:
                raise Failed(f"the writes beside the build failed: {out}")
        finally:
            server.stop()
        where = self.path("build", "store")
        raw = self.run_json([self.tool("store_ceiling"), "--dir", where, "--mix", "find", "--build-index", "--cache-size",
                             self.args.cache_size, "--records", str(records), "--document-size", str(self.args.document_size)])
        shutil.rmtree(self.path("build"))
        took, latency = statistics.median(built["build_seconds"]), json.loads(out)["latency_us"]
        return {"ratio": round(raw["build_seconds"] / took, 3), "target": 0.333, "records": records, "build_seconds": took,
                "raw_seconds": raw["build_seconds"], "builds": built["build_seconds"], "writes_latency_us": latency,
                "longest_fence_us": built["longest_fence_us"], "rss_bytes": built["rss_bytes"]}

    def many_indexes(self):
        """So many indexes on one server: made, opened again, and one more that comes and goes beside writes."""
        n, ms = (1000, 5000) if not self.args.quick else (100, 1000)
        server = self.start_server("many")
        try:
            made = self.run_json([*self.loader(server), "--many-indexes", str(n)])
        finally:
            server.stop()
        began = time.monotonic()
        server = self.start_again("many")
        reopen = time.monotonic() - began
        try:
            load = self.loader(server, "written", 10000)
            self.run_json([*load, "--mix", "find", "--operations", "1000", "--load"])
            writes = subprocess.Popen([*load, "--mix", "update", "--rate", "2000", "--connections", "16", "--duration",
                                       str(ms + 1000), "--warm-up", "500"], stdout=subprocess.PIPE, text=True)
            time.sleep(1)
            churn = self.run_json([*load, "--churn-indexes", "--duration", str(ms)])
            out = writes.communicate()[0]
            if writes.returncode:
                raise Failed(f"the writes beside the indexes failed: {out}")
        finally:
            server.stop()
        shutil.rmtree(self.path("many"))
        latency = json.loads(out)["latency_us"]
        got = {"create_seconds": (made["seconds"], 30), "reopen_seconds": (reopen, 1),
               "rss_mib": (made["rss_bytes"] / (1 << 20), 150), "create_p50_ms": (churn["latency_us"]["p50"] / 1000, 20),
               "longest_write_ms": (latency["max"] / 1000, 100)}
        return {"ratio": round(min(most / max(x, 1e-9) for x, most in got.values()), 3), "target": 1.0, "indexes": n,
                **{name: round(x, 3) for name, (x, _) in got.items()}, "create_latency_us": made["latency_us"],
                "churn_latency_us": churn["latency_us"], "writes_latency_us": latency}

    def plan_choice(self):
        """100 queries on a million documents: what was chosen, against the best that a hint can force."""
        import plans  # wants a driver

        server = self.start_server("plans")
        try:
            return plans.run(f"mongodb://127.0.0.1:{server.port}/", self.args.build_records)
        finally:
            server.stop()


def figures(m, run):
    work = run[m.unit]
    cpu = run["cpu_seconds"] - run["overhead_seconds"]
    if not work or cpu <= 0:
        raise Failed(f"{m.name}: nothing was done: {run}")
    if run["missing"]:
        raise Failed(f"{m.name}: {run['missing']} documents were not there")
    got = {"per_cpu_second": work / cpu, "foreground_us": 1e6 * (run["foreground_seconds"] - run["overhead_seconds"]) / work,
           "per_second": work / run["seconds"], "cpu_us": 1e6 * cpu / work}
    if run["user_seconds"] + run["system_seconds"] > 0:
        got["system_share"] = run["system_seconds"] / (run["user_seconds"] + run["system_seconds"])
    if "latency_us" in run:
        got["latency_us"] = run["latency_us"]
    return got


def ratio(m, got):
    if m.against == "clock":
        return got["server"]["per_second"] / got["store"]["per_second"]
    cost = sum(1 / got[c]["per_cpu_second"] for c in ("wire", "store") if c in got)
    return got["server"]["per_cpu_second"] * cost


def median_of(rounds, program):
    """The median of each figure over the rounds."""
    out = {}
    for key, first in rounds[0][program].items():
        values = [r[program][key] for r in rounds if key in r[program]]
        if isinstance(first, dict):
            out[key] = {k: round(statistics.median(v[k] for v in values), 1) for k in first}
        else:
            out[key] = round(statistics.median(values), 3)
    return out


def summary(m, rounds):
    ratios = [r["ratio"] for r in rounds]
    out = {"ratio": round(statistics.median(ratios), 3), "low": round(min(ratios), 3), "high": round(max(ratios), 3)}
    if m.target:
        out["target"] = m.target
    out.update(against=m.against, unit=m.unit, connections=m.connections, rounds=len(rounds))
    for program in ("server", "wire", "store"):
        if program in rounds[0]:
            out[program] = median_of(rounds, program)
    return out


# ---- what it ran on

def output_of(argv):
    try:
        return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    except OSError:
        return ""


def cpu_name():
    with open("/proc/cpuinfo") as f:
        names = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return names[0] if names else platform.machine()


def rocksdb_build(dolmen):
    """Its version, where it comes from and whether assertions are in it, which cost a third."""
    version = re.search(r"RocksDB\s+(\S+)", output_of([dolmen, "--version"]))
    path = re.search(r"librocksdb\S* => (\S+)", output_of(["ldd", dolmen]))
    words = [version.group(1) if version else "?"]
    if path:
        real = os.path.realpath(path.group(1))
        package = re.search(r"Version: (\S+)", output_of(["dpkg-query", "-s", "librocksdb" + words[0].rsplit(".", 1)[0]]))
        words.append(f"Debian {package.group(1)}" if package and real.startswith("/usr/lib") else real)
        asserts = "__assert_fail" in output_of(["nm", "-D", "--undefined-only", real])
        words.append("assertions on" if asserts else "assertions off")
    return ", ".join(words)


def about(args):
    commit = output_of(["git", "-C", TOP, "rev-parse", "--short=12", "HEAD"]).strip()
    dirty = "-dirty" if output_of(["git", "-C", TOP, "status", "--porcelain", "-uno"]).strip() else ""
    dolmen = os.path.join(args.build, "dolmen")
    compiler = re.search(r"flags\s+(.*)", output_of([dolmen, "--version"]))
    return {"machine": f"{cpu_name()}, {os.cpu_count()} cores, Linux {platform.release()}",
            "commit": (commit or "none") + dirty, "rocksdb": rocksdb_build(dolmen),
            "flags": compiler.group(1) if compiler else "", "write_concern": "w:1 (journaled: j:true)",
            "document_bytes": args.document_size, "records": args.records, "loops": args.loops,
            "cache_size": args.cache_size, "server_options": args.server_option, "load_average": os.getloadavg()[0]}


def about_line(a):
    extra = f"; server {' '.join(a['server_options'])}" if a["server_options"] else ""
    return (f"{a['machine']}; commit {a['commit']} ({a['flags']}); RocksDB {a['rocksdb']}; {a['write_concern']}; documents of "
            f"{a['document_bytes']} bytes, {a['records']} of them; {a['loops']} loops; cache {a['cache_size']}{extra}")


def print_ratios(results):
    print(f"\n{'':24}{'ratio':>8}{'low':>8}{'high':>8}{'target':>8}  {'against':10}{'server':>10}{'wire':>10}{'store':>10}"
          f"{'p50':>10}{'p99':>10}")
    print(f"{'':24}{'':40}  {'':10}{'us of CPU each':^30}{'us':>20}")
    for name, r in results.items():
        cost = "".join(f"{r[p]['cpu_us']:10.2f}" if p in r else " " * 10 for p in ("server", "wire", "store"))
        latency = r["server"]["latency_us"]
        target = f"{r['target']:8.2f}" if "target" in r else " " * 8
        print(f"{name:24}{r['ratio']:8.3f}{r['low']:8.3f}{r['high']:8.3f}{target}  {r['against']:10}{cost}"
              f"{latency['p50']:10.0f}{latency['p99']:10.0f}")


def print_table(results):
    ratios = {name: r for name, r in results.items() if "server" in r}
    if ratios:
        print_ratios(ratios)
    if "idle_connections" in results:
        r = results["idle_connections"]
        print(f"\n{r['connections']} idle connections: {(r['rss_bytes'] - r['rss_before_bytes']) / (1 << 20):.1f} MiB more than "
              f"before, {r['bytes_each']} bytes each; {r['cpu_percent']} % CPU")
    if "p99_beside_scan" in results:
        r = results["p99_beside_scan"]
        print(f"\np99 of 2,000 point reads a second: {r['p99_quiet_us']:.0f} us, beside a scan {r['p99_us']:.0f} us")
    if "index_build" in results:
        r = results["index_build"]
        print(f"\nan index on {r['records']} documents: {r['build_seconds']:.2f} s, {1 / r['ratio']:.2f} times a raw scan, sort and "
              f"table file ({r['raw_seconds']:.2f} s); 2,000 writes a second beside it: p99.9 "
              f"{r['writes_latency_us']['p999'] / 1000:.1f} ms, longest {r['writes_latency_us']['max'] / 1000:.1f} ms; longest fence "
              f"{r['longest_fence_us'] / 1000:.1f} ms; memory {r['rss_bytes'] >> 20} MiB")
    if "many_indexes" in results:
        r = results["many_indexes"]
        print(f"\n{r['indexes']} indexes: made in {r['create_seconds']:.1f} s, opened again in {r['reopen_seconds']:.2f} s, memory "
              f"{r['rss_mib']:.0f} MiB; one more beside 2,000 writes a second: {r['create_p50_ms']:.1f} ms (median), longest write "
              f"{r['longest_write_ms']:.1f} ms")


def chosen(args):
    if not args.only:
        return [m for m in MEASURES if m.quick or not args.quick], \
            [s for s in SPECIAL if s == "idle_connections" or not args.quick]
    wanted = args.only.split(",")
    unknown = set(wanted) - {m.name for m in MEASURES} - set(SPECIAL)
    if unknown:
        raise Failed(f"there is no measure {', '.join(sorted(unknown))}")
    return [m for m in MEASURES if m.name in wanted], [s for s in SPECIAL if s in wanted]


def run(args, directory):
    bench, per_round = Bench(args, directory), {}
    measures, special = chosen(args)
    for number in range(args.rounds if measures else 0):
        bench.round(number, measures, per_round)
    results = {m.name: summary(m, per_round[m.name]) for m in measures}
    if "idle_connections" in special:
        results["idle_connections"] = bench.idle()
    if "p99_beside_scan" in special:
        results["p99_beside_scan"] = bench.beside_scan()
    if "index_build" in special:
        results["index_build"] = bench.index_build()
    if "many_indexes" in special:
        results["many_indexes"] = bench.many_indexes()
    if "plan_choice" in special:
        results["plan_choice"] = bench.plan_choice()
    return results


def parse():
    names = ", ".join([m.name for m in MEASURES] + SPECIAL)
    p = argparse.ArgumentParser(prog="script/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                epilog=f"Measures: {names}")
    p.add_argument("--quick", action="store_true", help="less of everything: under two minutes")
    p.add_argument("--rounds", type=int, help="how often all is measured (5; --quick: 3)")
    p.add_argument("--only", metavar="NAME,...", help="only these measures")
    p.add_argument("--json", metavar="FILE", help="writes the figures there")
    p.add_argument("--plot", metavar="FILE", help="where the SVG goes (bench.svg in the build's folder)")
    p.add_argument("--document-size", type=int, default=1024, metavar="BYTES", help="1024")
    p.add_argument("--records", type=int, metavar="N", help="documents that are there (100000; --quick: 20000)")
    p.add_argument("--build-records", type=int, metavar="N", help="documents that get an index (1000000; --quick: 50000)")
    p.add_argument("--duration", type=int, metavar="MS", help="of one run (3000; --quick: 500)")
    p.add_argument("--writes", type=int, metavar="N", help="single inserts or updates in one run (100000; --quick: 30000)")
    p.add_argument("--batches", type=int, metavar="N", help="of 1000 inserts in one run (100; --quick: 50)")
    p.add_argument("--loops", type=int, default=len(os.sched_getaffinity(0)), metavar="N", help="of both servers; cores")
    p.add_argument("--cache-size", default="512M", metavar="BYTES", help="of the server and the store's ceiling (512M)")
    p.add_argument("--sessions", action="store_true", help="requests carry an lsid")
    p.add_argument("--server-option", action="append", default=[], metavar="--OPTION=VALUE", help="of dolmen server; repeated")
    p.add_argument("--build", required=True, help=argparse.SUPPRESS)
    args = p.parse_args()
    for name, quick, full in (("rounds", 3, 5), ("records", 20000, 100000), ("build_records", 50000, 1000000), ("duration", 500, 3000), ("writes", 30000, 100000),
                              ("batches", 50, 100)):
        if not getattr(args, name):
            setattr(args, name, quick if args.quick else full)
    args.plot = args.plot or os.path.join(args.build, "bench.svg")
    return args


def main():
    args = parse()
    facts = about(args)
    directory = tempfile.mkdtemp(prefix="dolmen-bench-")
    try:
        results = run(args, directory)
    except Failed as e:
        sys.exit(f"bench: {e}")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print_table(results)
    print(f"\n{about_line(facts)}")
    with open(args.plot, "w") as f:
        f.write(plot.svg(results, about_line(facts)))
    print(f"plot: {args.plot}")
    if args.json:
        with open(args.json, "w") as f:
            json.dump({"about": facts, **results}, f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
