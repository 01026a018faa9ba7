"""What a server must hold, kept outside of it: by those who write, each of documents of its own.

A History is what one writer has asked for, in order, and what it was told of each; settle() holds it against what is found
after a crash.  The log, printed by dump_log, is held against the documents by replay(), and against what it was before the
crash by continues().
"""
import json
import subprocess

PENDING, WRITTEN, DURABLE = range(3)


class Lost(Exception):
    """The server has broken its word."""


class History:
    """state: what there is for certain.  effects: what was asked for since, [({key: new or None}, level)]."""

    def __init__(self):
        self.state, self.effects = {}, []

    def begin(self, changes):
        """A list of changes, each of which happens whole or not, one after the other."""
        self.effects += [[c, PENDING] for c in changes]

    def end(self, level, n=None):
        """The server has answered: the first n of what was begun last happened, the others did not (n None: all)."""
        first = next(i for i, e in enumerate(self.effects) if e[1] == PENDING)
        if n is not None:
            del self.effects[first + n:]
        for e in self.effects[first:]:
            e[1] = level
        if level == DURABLE:
            self.all_durable()

    def all_durable(self):
        """What was acknowledged so far is on disk."""
        for e in self.effects:
            if e[1] == WRITTEN:
                e[1] = DURABLE

    def current(self):
        """As its writer knows it, with what is pending left out."""
        now = dict(self.state)
        for changes, level in self.effects:
            if level != PENDING:
                apply(now, changes)
        return now

    def copy(self):
        other = History()
        other.state, other.effects = dict(self.state), list(self.effects)
        return other

    def settle(self, who, found, power_lost):
        """found must be the state behind some beginning of the effects: behind all that were acknowledged, or after a power
        loss behind those that are durable.  From here on it is the state.  Returns how many effects were lost."""
        least = DURABLE if power_lost else WRITTEN
        must = max((i + 1 for i, e in enumerate(self.effects) if e[1] >= least), default=0)
        now, fits = dict(self.state), None
        different = {k for k in now.keys() | found.keys() if now.get(k) != found.get(k)}
        nearest = (len(different), 0, set(different))
        for i in range(len(self.effects) + 1):
            if i >= must:
                if not different:
                    fits = i
                if len(different) <= nearest[0] or nearest[1] < must:
                    nearest = (len(different), i, set(different))
            if i < len(self.effects):
                for key, new in self.effects[i][0].items():
                    apply(now, {key: new})
                    (different.discard if now.get(key) == found.get(key) else different.add)(key)
        if fits is None:
            raise Lost(self.explain(who, found, must, nearest))
        lost = sum(1 for e in self.effects[fits:] if e[1] != PENDING)
        self.state, self.effects = dict(found), []
        return lost

    def explain(self, who, found, must, nearest):
        want = dict(self.state)
        for changes, _ in self.effects[:nearest[1]]:
            apply(want, changes)
        some = sorted(nearest[2], key=str)[:5]
        return (f"{who}: of {len(self.effects)} effects {must} must be there, and what is found fits none of the states from there "
                f"on; the nearest, after {nearest[1]}, differs in {nearest[0]} keys: " +
                "; ".join(f"{k}: expected {short(want.get(k))}, found {short(found.get(k))}" for k in some))


def apply(state, changes):
    for key, new in changes.items():
        if new is None:
            state.pop(key, None)
        else:
            state[key] = new


def short(doc):
    return {k: (v[:8] + "..." if isinstance(v, str) and len(v) > 12 else v) for k, v in doc.items()} if isinstance(doc, dict) else doc


def compare(what, want, got):
    if want == got:
        return
    lost = [i for i in want if i not in got][:5]
    invented = [i for i in got if i not in want][:5]
    wrong = [(short(want[i]), short(got[i])) for i in want if i in got and want[i] != got[i]][:3]
    raise Lost(f"{what}: lost {lost}, invented {invented}, wrong {wrong}")


# ---- the log

def dump(dump_log, data):
    """The log of a data directory, one line of JSON a commit."""
    out = subprocess.run([dump_log, data], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if out.returncode != 0:
        raise Lost(f"the log cannot be read: {out.stderr[-2000:]}")
    return out.stdout.splitlines()


def position(entry):
    """What a resume position says."""
    return entry["term"], entry["clusterTime"], entry["sequence"]


def replay(lines, db):
    """{collection: {_id: document}} of one database, as the log has it."""
    collections, names, last = {}, {}, (0, 0, 0)
    for line in lines:
        e = json.loads(line)
        at = position(e)
        if not (at[0] >= last[0] and at[1] > last[1] and at[2] > last[2]):
            raise Lost(f"the log is out of order: {at} after {last}")
        last = at
        for change in e["changes"]:
            replay_change(collections, names, db, change)
    return {names[uuid]: docs for uuid, docs in collections.items()}


def replay_change(collections, names, db, change):
    kind, uuid = change["kind"], change["uuid"]
    if kind == "marker":
        ns = (change["note"] or {}).get("ns", "")
        if not ns.startswith(db + "."):
            return
        if change["marker"] == "create":
            if uuid in collections or ns in names.values():
                raise Lost(f"the log makes {ns} twice")
            collections[uuid], names[uuid] = {}, ns.split(".", 1)[1]
        elif change["marker"] == "drop":
            del collections[uuid]
            del names[uuid]
        elif change["marker"] == "rename":
            names[uuid] = change["note"]["to"].split(".", 1)[1]
        return
    docs = collections.get(uuid)
    if docs is None:
        return
    i = change["_id"]
    if kind == "remove":
        if docs.pop(i, None) is None:
            raise Lost(f"the log removes {i}, which it has not")
    elif (kind == "insert") == (i in docs):
        raise Lost(f"the log has an {kind} of {i} at the wrong time")
    else:
        docs[i] = change["document"]


def continues(before, durable, now):
    """The log now must be a beginning of the log before the crash, with at least durable lines of it, and go on with commits
    whose positions have never been given out.  Returns how many commits were lost."""
    kept = 0
    while kept < len(before) and kept < len(now) and before[kept] == now[kept]:
        kept += 1
    if kept < durable:
        raise Lost(f"{durable} commits were in the log and on disk when the server had started, {kept} are still there")
    lost = {position(json.loads(line)): line for line in before[kept:]}
    terms = [p[0] for p in lost]
    newest = max(terms, default=0)
    # The commit that raises the term is shown to nobody before it is synced:
    # when it is lost with nothing behind it the term may be raised again.
    least = newest + (terms.count(newest) > 1)
    for line in now[kept:]:
        at = position(json.loads(line))
        if at[0] < least or lost.get(at, line) != line:
            raise Lost(f"the position {at} of a lost commit is given out again: {line[:300]}, lost: {lost.get(at, '')[:300]}")
    return len(lost)
