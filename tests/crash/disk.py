"""What a power loss leaves of a directory, from the journal that disk_shim.c has kept.

The rules are those that POSIX promises and no more:
  - bytes of a file are there for certain when an fsync or fdatasync of it that began after they were written returned 0,
  - a name (made, removed, renamed) when an fsync of its directory that began after it did,
  - sync_file_range, closing and renaming promise nothing,
  - a rename happens or does not, also between two directories (one fsync of either does for it),
  - what a failed sync was to bring to the disk is gone, whatever a later sync says, unless it is written once more.
Of the rest a disk may hold any part.  cut() makes of it, as a seeded generator says: nothing at all, all, the beginning in
each file with a torn end or holes of zeros, or one of these for each file; and of the changes of names none, all, the
beginning, or the beginning in each directory.
"""
import mmap
import os
import shutil
import stat
import struct

RECORD = struct.Struct("<IIQQQq")
RULE = struct.Struct("<IIiiiiii")
RULES = 8
MAGIC = 0x44534b00

OPEN, CREATE, WRITE, SYNC, RENAME, LINK, UNLINK, TRUNCATE, MKDIR = (1 << i for i in range(9))
LOG, HISTORY, TABLE, MANIFEST, CURRENT, WATERMARK, DIRECTORY, OTHER, CLOSED_LOG, AHEAD = (1 << i for i in range(10))

PAGE = 4096


class Inode:
    """One file or directory: what is on disk of it for certain, and what was done to it since."""

    def __init__(self, size=0, is_dir=False):
        self.size = size       # durable; of a directory nothing
        self.is_dir = is_dir
        self.synced_at = -1    # the place in the journal up to which all is durable
        self.changes = []      # [(place, kind, offset, the bytes there were)]
        self.gone = []         # [(from, to)]: a failed sync was to bring it to the disk

    def pending(self):
        return [c for c in self.changes if c[0] > self.synced_at]


def takes_zeros(change):
    """Of a log file, which is zeros ahead of what is written."""
    return change[1] == "o" and not any(change[3])


def without(ranges, first, end):
    """Ranges less what has been written once more, and synced."""
    return [(a, b) for x, y in ranges for a, b in ((x, min(y, first)), (max(x, end), y)) if a < b]


class Disk:
    """A directory (root) whose files a server uses under disk_shim.so; side holds the journal, the graves, the control file."""

    def __init__(self, root, side, shim):
        self.root, self.side, self.shim = root, side, os.path.abspath(shim)
        self.journal = os.path.join(side, "journal")
        self.graves = os.path.join(side, "graves")
        control = os.path.join(side, "control")
        os.makedirs(root, exist_ok=True)
        os.makedirs(self.graves)
        with open(control, "wb") as f:
            f.write(struct.pack("<q", -1) + bytes(RULES * RULE.size))
        with open(control, "r+b") as f:
            self.control = mmap.mmap(f.fileno(), 8 + RULES * RULE.size)
        self.begin()

    def env(self):
        old = os.environ.get("ASAN_OPTIONS", "")
        return {"LD_PRELOAD": self.shim, "DISK_SHIM_DIR": self.root, "DISK_SHIM_JOURNAL": self.journal,
                "DISK_SHIM_GRAVES": self.graves, "DISK_SHIM_CONTROL": os.path.join(self.side, "control"),
                "ASAN_OPTIONS": (old + ":" if old else "") + "verify_asan_link_order=0"}

    # ---- faults

    def fail(self, number, ops, classes, error, skip=0, times=1 << 30, partly=False):
        """The rule with this number: of the matching calls, after the first skip ones, so many fail."""
        RULE.pack_into(self.control, 8 + number * RULE.size, 0, 0, error, partly, skip, times, 0, 0)
        struct.pack_into("<II", self.control, 8 + number * RULE.size, ops, classes)

    def heal(self):
        for i in range(RULES):
            struct.pack_into("<II", self.control, 8 + i * RULE.size, 0, 0)

    def hits(self, number=0):
        return RULE.unpack_from(self.control, 8 + number * RULE.size)[6]

    def say_free(self, n):
        """What statvfs says; negative: the truth."""
        struct.pack_into("<q", self.control, 0, n)

    # ---- the journal

    def begin(self):
        """All that is there now is durable."""
        self.start, self.names = {}, {}
        self.take_in(self.root)
        open(self.journal, "wb").close()
        for name in os.listdir(self.graves):
            os.unlink(os.path.join(self.graves, name))

    def take_in(self, path):
        ino = os.lstat(path).st_ino
        self.start[ino] = (0, True)
        self.names[ino] = {}
        for e in os.scandir(path):
            self.names[ino][e.name] = e.inode()
            if e.is_dir(follow_symlinks=False):
                self.take_in(e.path)
            else:
                self.start[e.inode()] = (e.stat(follow_symlinks=False).st_size, False)

    def records(self):
        """A kill may tear the record that was being written; nobody had been told of what it says."""
        with open(self.journal, "rb") as f:
            data = f.read()
        at = place = 0
        while self.is_whole(data, at) and self.may_begin(data, self.after(data, at)):
            end = self.after(data, at)
            _, kind, ino, where, where2, value = RECORD.unpack_from(data, at)
            yield place, chr(kind & 0xff), ino, where, where2, value, data[at + RECORD.size:end]
            at, place = end, place + 1
        if at < len(data):
            os.truncate(self.journal, at)

    @staticmethod
    def after(data, at):
        return at + RECORD.unpack_from(data, at)[0]

    @staticmethod
    def is_whole(data, at):
        if at + RECORD.size > len(data):
            return False
        n, kind = RECORD.unpack_from(data, at)[:2]
        return kind & ~0xff == MAGIC and n >= RECORD.size and at + n <= len(data)

    @staticmethod
    def may_begin(data, at):
        return at + 8 > len(data) or struct.unpack_from("<I", data, at + 4)[0] & ~0xff == MAGIC

    def mend(self):
        """After a kill, and before the next process goes on."""
        for _ in self.records():
            pass

    def read_journal(self):
        """Fills the inodes in; returns the changes of names [(place, kind, ino, dir, name, dir2, name2)]."""
        changes, begun = [], {}
        self.inodes = {ino: Inode(*what) for ino, what in self.start.items()}
        for place, kind, ino, where, where2, value, tail in self.records():
            if kind in "clur":
                first, _, second = tail.decode().partition("\0")
                changes.append((place, kind, ino, where, first, where2, second))
                if kind == "c":
                    self.inodes[ino] = Inode(is_dir=value == 1)
                continue
            if kind == "s":
                continue
            node = self.inodes.setdefault(ino, Inode())
            if kind in "ot":
                node.changes.append((place, kind, value, tail))
            elif kind == "b":
                begun[where2] = (place, value)
            else:
                self.end_sync(node, kind == "e", *begun[where2])
        return changes

    @staticmethod
    def end_sync(node, well, place, size):
        if not well:
            if size > node.size:
                node.gone.append((node.size, size))
            lost = [c for c in node.changes if node.synced_at < c[0] < place and takes_zeros(c)]
            node.gone += [(offset, offset + len(was)) for _, _, offset, was in lost]
            node.changes = [c for c in node.changes if c not in lost]
        elif place > node.synced_at:
            for at, _, offset, was in node.changes:
                if at < place:
                    node.gone = without(node.gone, offset, offset + len(was))
            node.synced_at, node.size = place, size

    # ---- the cut

    def cut(self, rng, style=None):
        """The power fails.  The server has to be dead.  Returns how, in a few words."""
        changes = self.read_journal()
        style = style or rng.choice(["nothing", "torn", "mixed", "mixed", "all"])
        order = "nothing" if style == "nothing" else rng.choice(["nothing", "all", "beginning", "each"])
        names = self.names_left(changes, order, rng)
        words = f"{style} of the bytes and {order} of the names that were not synced"
        cuts = self.rebuild(names, style, rng)
        self.begin()
        return words + cuts

    def names_left(self, changes, order, rng):
        end = changes[-1][0] + 1 if changes else 0
        start = rng.randint(0, end) if order == "beginning" else end if order == "all" else 0
        each = {}
        names = {d: dict(n) for d, n in self.names.items()}
        for place, kind, ino, where, first, where2, second in changes:
            dirs = [where, where2] if kind == "r" else [where]
            keep = place < start
            for d in dirs:
                node = self.inodes.get(d)
                keep = keep or (node and place < node.synced_at)
                if order == "each":
                    keep = keep or place < each.setdefault(d, rng.randint(0, end))
            if keep:
                self.change_names(names, kind, ino, where, first, where2, second)
        return names

    @staticmethod
    def change_names(names, kind, ino, where, first, where2, second):
        source = names.setdefault(where, {})
        if kind in "cl":
            source[first] = ino
        else:
            if source.get(first) == ino:
                del source[first]
            if kind == "r":
                names.setdefault(where2, {})[second] = ino

    def where_they_are(self):
        found = {}
        for top in (self.graves, self.root):
            for path, _, files in os.walk(top):
                for name in files:
                    full = os.path.join(path, name)
                    found[os.lstat(full).st_ino] = full
        return found

    def rebuild(self, names, style, rng):
        found = self.where_they_are()
        new = self.root + ".new"
        done = {}

        def make(ino, path):
            os.mkdir(path, 0o700)
            for name, child in sorted(names.get(ino, {}).items()):
                full = os.path.join(path, name)
                if child in self.inodes and self.inodes[child].is_dir:
                    make(child, full)
                else:
                    os.link(found[child], full)
                    done[child] = full

        make(os.lstat(self.root).st_ino, new)
        cuts = [(path, self.cut_file(self.inodes.get(ino, Inode()), path, style, rng)) for ino, path in sorted(done.items())]
        shutil.rmtree(self.root)
        os.rename(new, self.root)
        return "".join(f"\n    {os.path.relpath(path, new)}: {what}" for path, what in cuts if what)

    def cut_file(self, node, path, style, rng):
        """What is left of a file's bytes; returns what was done to it."""
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        if style == "mixed":
            style = rng.choice(["nothing", "torn", "all"])
        old = os.path.getsize(path)
        with open(path, "r+b") as f:
            pending = node.pending()
            keep = {"nothing": 0, "all": len(pending)}.get(style, rng.randint(0, len(pending)))
            for _, kind, offset, was in reversed(pending[keep:]):
                f.seek(offset)
                f.write(was)
            f.flush()
            size = os.fstat(f.fileno()).st_size
            end = {"nothing": min(size, node.size), "all": size}.get(style)
            if end is None:
                end = rng.randint(min(size, node.size), size)
            f.truncate(end)
            holes = [(a, min(b, end)) for a, b in node.gone if a < end]
            if style == "torn" and end > node.size and rng.random() < 0.7:
                holes.append(self.hole(node.size, end, rng))
            kept = [c for c in pending[:keep] if takes_zeros(c) and c[2] < end]
            if style == "torn" and kept and rng.random() < 0.7:
                _, _, offset, was = rng.choice(kept)
                holes.append(self.hole(offset, min(offset + len(was), end), rng))
            for a, b in holes:
                f.seek(a)
                f.write(bytes(b - a))
        if end == old and not holes and len(pending) == keep:
            return None
        return f"{old} -> {end} bytes ({node.size} synced), zeros {holes}, {len(pending) - keep} of {len(pending)} changes undone"

    @staticmethod
    def hole(first, end, rng):
        """Pages that did not arrive: at the end, or in the middle of what was not synced."""
        start = rng.randint(first, end - 1)
        start = max(first, start - start % PAGE)
        if rng.random() < 0.5:
            return (start, end)
        return (start, min(end, start - start % PAGE + PAGE * rng.randint(1, 4)))

    def synced_sizes(self):
        """{path: bytes} that are durable of the files as they are named now."""
        self.read_journal()
        found = {}
        for path, _, files in os.walk(self.root):
            for name in files:
                full = os.path.join(path, name)
                node = self.inodes.get(os.lstat(full).st_ino)
                if node:
                    found[full] = node.size
        return found
