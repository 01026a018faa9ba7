"""Does the planner choose well? A fixed workload of 100 queries on skewed, correlated data with five indexes.

For each query the work of the plan that was chosen (keys + documents examined, from explain's executionStats) is held against
the least work of all plans that a hint can force: every index whose first field the query or its sort names, and looking at every
document. An index of which the query names nothing costs a key and a document for each document, so that it cannot be better than
the latter and is not run.

    plans.py --uri mongodb://127.0.0.1:PORT/ [--documents N] [--verbose]

script/bench --only plan_choice does it all by itself.
"""
import argparse
import bisect
import datetime
import itertools
import json
import random
import sys
import time

import pymongo

INDEXES = [
    [("region", 1), ("city", 1)],
    [("status", 1), ("created", -1)],
    [("user", 1), ("created", 1)],
    [("tags", 1)],
    [("amount", 1), ("region", 1)],
]
EPOCH = datetime.datetime(2024, 1, 1)
STATES = ["active"] * 900 + ["pending"] * 70 + ["closed"] * 28 + ["error"] * 2
WITHIN = 1.5


class Zipf:
    """0 to n - 1; 0 the most often."""

    def __init__(self, n, skew):
        self.sums = list(itertools.accumulate(1 / (i + 1) ** skew for i in range(n)))

    def draw(self, rng):
        return bisect.bisect_left(self.sums, rng.random() * self.sums[-1])


def documents(n):
    """The amount goes with the region, the city is the region's, times and tags go with the _id."""
    rng = random.Random(17)
    regions, cities, users, tags = Zipf(50, 1.1), Zipf(20, 1.0), Zipf(100000, 0.9), Zipf(200, 1.0)
    for i in range(n):
        region = regions.draw(rng)
        status = STATES[rng.randrange(len(STATES))]
        yield {"_id": i, "region": f"r{region:02}", "city": f"r{region:02}c{cities.draw(rng):02}",
               "status": "error" if n // 2 <= i < n // 2 + n // 2000 else status,
               "created": EPOCH + datetime.timedelta(seconds=30 * i + rng.randrange(600)),
               "user": f"u{users.draw(rng):06}", "amount": round(rng.lognormvariate(4 + region / 25, 1.0), 2),
               "tags": sorted({f"t{(tags.draw(rng) + i * 200 // n) % 200:03}" for _ in range(rng.randrange(5))}),
               "score": rng.randrange(1000000), "kind": {"level": region % 7, "major": rng.random() < 0.02}}


def at(share, n):
    return EPOCH + datetime.timedelta(seconds=30 * int(share * n))


def templates(rng, n):
    """One query of each kind, with values that are drawn anew: (filter, sort, limit, projection)."""
    region, other = f"r{rng.choice([0, 0, 1, 3, 10, 25, 49]):02}", f"r{rng.choice([2, 30, 48]):02}"
    city = f"{region}c{rng.choice([0, 1, 5, 19]):02}"
    status = rng.choice(["active", "pending", "closed", "error"])
    user = f"u{rng.choice([0, 3, 50, 4000, 90000]):06}"
    tag = f"t{rng.choice([0, 1, 20, 150, 199]):03}"
    since = rng.random() * 0.95
    low = rng.choice([5, 50, 150, 600, 3000])
    window = {"$gte": at(since, n), "$lt": at(since + rng.choice([0.0005, 0.01, 0.05]), n)}
    return [
        ({"region": region, "city": city}, None, 0, None),
        ({"region": region, "status": status}, None, 0, None),
        ({"status": status, "created": window}, None, 0, None),
        ({"user": user, "status": status}, None, 0, None),
        ({"user": user, "created": window}, None, 0, None),
        ({"tags": tag, "status": status}, None, 0, None),
        ({"tags": {"$in": [tag, "t007", "t180"]}, "region": other}, None, 0, None),
        ({"amount": {"$gte": low, "$lt": low * 1.02}}, None, 0, None),
        ({"amount": {"$gt": low * 10}, "region": region}, None, 0, None),
        ({"status": status}, [("created", -1)], 10, None),
        ({"region": region}, [("created", -1)], 10, None),
        ({"status": status, "region": other}, [("created", 1)], 20, None),
        ({"user": {"$in": [user, "u000007", "u000100"]}}, [("created", 1)], 5, None),
        ({"amount": {"$gte": low}}, [("amount", 1)], 10, None),
        ({"region": region, "city": {"$gte": f"{region}c03", "$lt": f"{region}c06"}, "amount": {"$lt": low}}, None, 0, None),
        ({"$or": [{"user": user}, {"status": "error", "created": window}]}, None, 0, None),
        ({"$or": [{"region": "r47", "city": "r47c01"}, {"tags": "t150", "user": user}]}, None, 0, None),
        ({"region": region, "amount": {"$gte": low, "$lt": low * 1.1}}, None, 0, {"_id": 0, "region": 1, "amount": 1}),
        ({"status": {"$ne": "active"}, "created": window, "user": user}, None, 0, None),
        ({"kind.major": True, "region": {"$in": [region, other]}, "status": {"$in": ["closed", "error"]}}, None, 0, None),
    ]


def queries(n):
    rng = random.Random(4)
    return [q for _ in range(5) for q in templates(rng, n)]


def load(db, n):
    db.drop_collection("plans")
    batch = []
    for doc in documents(n):
        batch.append(doc)
        if len(batch) == 10000:
            db.plans.insert_many(batch, ordered=False)
            batch = []
    if batch:
        db.plans.insert_many(batch, ordered=False)
    for keys in INDEXES:
        db.plans.create_index(keys)


def work(db, query, hint=None):
    """(keys + documents examined, plan) or (None, None) when the hint cannot be followed."""
    where, sort, limit, projection = query
    find = {"find": "plans", "filter": where}
    if sort:
        find["sort"] = dict(sort)
    if limit:
        find["limit"] = limit
    if projection:
        find["projection"] = projection
    if hint:
        find["hint"] = hint
    try:
        got = db.command("explain", find, verbosity="executionStats")
    except pymongo.errors.OperationFailure as e:
        if hint and e.code == 2:
            return None, None
        raise
    stats = got["executionStats"]
    return stats["totalKeysExamined"] + stats["totalDocsExamined"], got["queryPlanner"]["winningPlan"]


def fields_of(where):
    for name, value in where.items():
        if name.startswith("$"):
            for part in value:
                yield from fields_of(part)
        else:
            yield name


def hints(query):
    where, sort, limit, _ = query
    named = set(fields_of(where)) | ({sort[0][0]} if sort else set())
    for keys in INDEXES:
        if keys[0][0] in named:
            yield dict(keys)
    if limit and not sort:
        yield {"$natural": 1}


def path_of(plan):
    names = []
    while plan:
        names.append(plan["stage"] + (" " + plan["indexName"] if "indexName" in plan else ""))
        more = plan.get("inputStages")
        if more:
            names.append("(" + ", ".join(path_of(m) for m in more) + ")")
        plan = plan.get("inputStage")
    return " <- ".join(names)


def judge(db, n, report):
    good, ratios = 0, []
    for number, query in enumerate(queries(n)):
        start = time.monotonic()
        chosen, plan = work(db, query)
        planned = time.monotonic() - start
        best, forced = n, "COLLSCAN"
        for hint in hints(query):
            got, other = work(db, query, hint)
            if got is not None and got < best:
                best, forced = got, path_of(other)
        ratio = chosen / max(best, 1) if chosen else 1.0
        good += ratio <= WITHIN
        ratios.append(ratio)
        report(number, query, ratio, chosen, best, path_of(plan), forced, planned)
    return {"queries": len(ratios), "within": good, "worst": round(max(ratios), 2), "target": 0.95, "ratio": good / len(ratios)}


def run(uri, n, verbose=False):
    def report(number, query, ratio, chosen, best, plan, forced, planned):
        if verbose or ratio > WITHIN:
            print(f"  {number:3} {ratio:8.2f}  {chosen:9} of {best:9}  {planned * 1000:6.1f} ms  {query}\n"
                  f"      chosen {plan}\n      best   {forced}", file=sys.stderr)

    db = pymongo.MongoClient(uri).bench
    load(db, n)
    return judge(db, n, report)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    p.add_argument("--uri", required=True)
    p.add_argument("--documents", type=int, default=1000000)
    p.add_argument("--verbose", action="store_true", help="all queries, not only those that went wrong")
    args = p.parse_args()
    print(json.dumps(run(args.uri, args.documents, args.verbose)))


if __name__ == "__main__":
    main()
