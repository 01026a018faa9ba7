"""Runs queries.json through the Python driver: answers.py URI QUERIES"""
import json
import sys

import pymongo


def answer(db, q):
    c = db[q["collection"]]
    if q["op"] == "count":
        return [c.count_documents(q["filter"])]
    if q["op"] == "distinct":
        return sorted(c.distinct(q["key"], q["filter"]))
    if q["op"] == "aggregate":
        return list(c.aggregate(q["pipeline"]))
    cursor = c.find(q["filter"], q.get("projection"), skip=q.get("skip", 0), limit=q.get("limit", 0),
                    sort=list(q["sort"].items()) if "sort" in q else None, batch_size=q.get("batchSize", 0))
    return list(cursor)


def main():
    client = pymongo.MongoClient(sys.argv[1], serverSelectionTimeoutMS=20000)
    with open(sys.argv[2]) as f:
        queries = json.load(f)
    for q in queries:
        print(json.dumps({"name": q["name"], "result": answer(client["iso"], q)}, ensure_ascii=False))


main()
