"""What queries.json must answer, computed from the JSON files alone: a small evaluator that knows nothing of the server."""
import functools
import json
import operator
import os

MISSING = object()


def load(folder):
    def read(name, key):
        with open(os.path.join(folder, name + ".json")) as f:
            return json.load(f)[key]

    countries = read("iso_3166-1", "3166-1")
    return {
        "countries": [{"_id": c["alpha_2"], **c} for c in countries],
        "subdivisions": [{"_id": s["code"], "country": s["code"][:2], **s} for s in read("iso_3166-2", "3166-2")],
        "currencies": [{"_id": c["alpha_3"], **c} for c in read("iso_4217", "4217")],
        "languages": [{"_id": x["alpha_3"], **x} for x in read("iso_639-3", "639-3")],
        "nested": [{"_id": c["numeric"], "about": {"name": c["name"], "numeric": c["numeric"]},
                    "codes": [c["alpha_2"], c["alpha_3"]]} for c in countries],
    }


def get(doc, path):
    for part in path.split("."):
        if isinstance(doc, dict):
            doc = doc.get(part, MISSING)
        elif isinstance(doc, list) and part.isdigit() and int(part) < len(doc):
            doc = doc[int(part)]
        else:
            return MISSING
    return doc


COMPARE = {"$lt": operator.lt, "$lte": operator.le, "$gt": operator.gt, "$gte": operator.ge}


def test(value, condition):
    if not isinstance(condition, dict):
        if condition is None:
            return value is MISSING or value is None
        return value == condition or isinstance(value, list) and condition in value
    for op, operand in condition.items():
        if op in COMPARE:
            ok = isinstance(value, str) and COMPARE[op](value.encode(), operand.encode())
        elif op == "$in":
            ok = value in operand
        elif op == "$exists":
            ok = (value is not MISSING) == operand
        elif op == "$type":
            ok = isinstance(value, str)
        elif op == "$not":
            ok = not test(value, operand)
        else:
            raise ValueError(op)
        if not ok:
            return False
    return True


def matches(doc, query):
    for key, condition in query.items():
        if key == "$or":
            ok = any(matches(doc, q) for q in condition)
        elif key == "$nor":
            ok = not any(matches(doc, q) for q in condition)
        else:
            ok = test(get(doc, key), condition)
        if not ok:
            return False
    return True


def sort_value(v):
    if v is MISSING:
        return (0, b"")
    return (1, v) if isinstance(v, int) else (2, v.encode())


def in_order(docs, spec):
    def compare(a, b):
        for path, direction in spec.items():
            x, y = sort_value(get(a, path)), sort_value(get(b, path))
            if x != y:
                return direction if x > y else -direction
        return 0
    return sorted(docs, key=functools.cmp_to_key(compare))


def project(doc, spec):
    if not spec:
        return doc
    if all(not v for k, v in spec.items()):
        return {k: v for k, v in doc.items() if k not in spec}
    out = {}
    for k, v in doc.items():
        nested = [p.split(".", 1)[1] for p in spec if p.startswith(k + ".")]
        if k == "_id" and spec.get("_id", 1) or spec.get(k):
            out[k] = v
        elif nested:
            out[k] = {n: v[n] for n in v if n in nested}
    return out


def aggregate(docs, pipeline):
    for stage in pipeline:
        (name, spec), = stage.items()
        if name == "$match":
            docs = [d for d in docs if matches(d, spec)]
        elif name == "$group":
            counts = {}
            for d in docs:
                key = get(d, spec["_id"][1:])
                counts[key] = counts.get(key, 0) + 1
            docs = [{"_id": k, "n": n} for k, n in counts.items()]
        elif name == "$sort":
            docs = in_order(docs, spec)
        elif name == "$limit":
            docs = docs[:spec]
        elif name == "$count":
            docs = [{spec: len(docs)}]
        else:
            raise ValueError(name)
    return docs


def answer(data, q):
    docs = data[q["collection"]]
    if q["op"] == "aggregate":
        return aggregate(docs, q["pipeline"])
    docs = [d for d in docs if matches(d, q["filter"])]
    if q["op"] == "count":
        return [len(docs)]
    if q["op"] == "distinct":
        return sorted({d[q["key"]] for d in docs})
    if "sort" in q:
        docs = in_order(docs, q["sort"])
    docs = docs[q.get("skip", 0):]
    if q.get("limit"):
        docs = docs[:q["limit"]]
    return [project(d, q.get("projection")) for d in docs]
