/*
 * What a disk would hold: an LD_PRELOAD library between a server and its data
 * directory.
 *
 * kill -9 loses no page of the kernel's cache, so it cannot tell what was synced
 * from what was only written.  This library keeps a journal of what the program
 * asked of the files below one directory and of which syncs have returned;
 * tests/crash/disk.py reads it after the kill and makes of the directory what a
 * power loss would have left.  The journal is written with one write(2) a
 * record, which a kill does not lose either.
 *
 * A file is known by its inode, for names come and go.  Nothing is gone before
 * it is durable: a file whose last name goes gets another in the graves
 * directory, bytes that are overwritten or cut off are put into the journal.
 * What a successful call did stands in the journal before the call returns, and
 * the beginning of a sync before its end: whoever has been told of a sync finds
 * it there.
 *
 * The same library makes calls fail.  The control file, which is mapped and
 * which the test writes while the server runs, says which.
 *
 *     DISK_SHIM_DIR      the data directory
 *     DISK_SHIM_JOURNAL  the journal, which is appended to
 *     DISK_SHIM_GRAVES   a directory of the same file system
 *     DISK_SHIM_CONTROL  the control file (struct control); may be missing
 *
 * Files that are opened through stdio are not seen: of RocksDB's those are its
 * text log alone.  Everything goes to the kernel by system call, so that no
 * order of libraries matters to it; a sanitizer's runtime comes after this one
 * and has to be told that it may (verify_asan_link_order=0).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- what the test and this library share: tests/crash/disk.py has the same */

enum op {
	OP_OPEN = 1,	 /* of a file that is there, for reading or writing */
	OP_CREATE = 2,
	OP_WRITE = 4,
	OP_SYNC = 8,
	OP_RENAME = 16,
	OP_LINK = 32,
	OP_UNLINK = 64,
	OP_TRUNCATE = 128,
	OP_MKDIR = 256,
};

enum class {
	CLASS_LOG = 1,	     /* the write-ahead log, where it is written */
	CLASS_HISTORY = 2,   /* a log file in another directory */
	CLASS_TABLE = 4,     /* *.sst */
	CLASS_MANIFEST = 8,
	CLASS_CURRENT = 16,  /* and the file that becomes it */
	CLASS_WATERMARK = 32,
	CLASS_DIRECTORY = 64,
	CLASS_OTHER = 128,
	CLASS_CLOSED_LOG = 256, /* of syncs: a log file that is not the newest */
	CLASS_AHEAD = 512,	/* of writes: at a place of a log file, which no append needs */
};

enum { RULES = 8 };

struct rule {
	uint32_t ops, classes; /* 0: no rule */
	int32_t error;	       /* errno of the calls that fail */
	int32_t partly;	       /* of a write half is written, then it fails */
	_Atomic int32_t skip;  /* so many matching calls go well first */
	_Atomic int32_t times; /* then so many fail */
	_Atomic int32_t hits;  /* how many have */
	int32_t reserved;
};

struct control {
	_Atomic int64_t free_bytes; /* what statvfs says; negative: the truth */
	struct rule rules[RULES];
};

enum kind {
	RECORD_START = 's',	/* a process begins */
	RECORD_CREATE = 'c',	/* dir, ino, name; value 1: a directory */
	RECORD_LINK = 'l',	/* dir, ino, name */
	RECORD_UNLINK = 'u',	/* dir, ino, name */
	RECORD_RENAME = 'r',	/* dir, ino, dir2, both names with a NUL between */
	RECORD_OVERWRITE = 'o', /* ino, value: offset, the old bytes */
	RECORD_TRUNCATE = 't',	/* ino, value: new size, the bytes cut off */
	RECORD_SYNC = 'b',	/* ino, value: size, dir2: number of the sync */
	RECORD_SYNCED = 'e',	/* ino, dir2: number of the sync */
	RECORD_SYNC_FAILED = 'x',
};

enum { MAGIC = 0x44534b00 }; /* in kind: a record that a kill has torn is told from the next */

struct record {
	uint32_t bytes; /* of all of it */
	uint32_t kind;
	uint64_t ino, dir, dir2;
	int64_t value;
};

/* ---- state */

enum { FDS = 65536 };

static struct file {
	_Atomic uint64_t ino; /* 0: not one of ours */
	uint32_t class;
	uint64_t number; /* of a log file */
	bool appended; /* made by this opening, and no log: nothing is overwritten */
} files[FDS];

static char root[PATH_MAX], graves[PATH_MAX];
static size_t root_len;
static int journal = -1;
static struct control *control;
static _Atomic uint64_t syncs, buried, newest_log;
static int (*next_statvfs)(const char *, struct statvfs *);
static int (*next_fstatvfs)(int, struct statvfs *);

static void die(const char *what)
{
	fprintf(stderr, "disk_shim: %s: %s\n", what, strerror(errno));
	abort();
}

/* ---- system calls, past every library */

static int sys_open(const char *path, int flags, mode_t mode)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static int sys_close(int fd)
{
	return (int)syscall(SYS_close, fd);
}

static ssize_t sys_pread(int fd, void *buf, size_t n, off_t at)
{
	return syscall(SYS_pread64, fd, buf, n, at);
}

/* ---- the journal */

static void put(enum kind kind, struct record *r, const void *tail, size_t tail_len)
{
	struct iovec parts[] = {{r, sizeof(*r)}, {(void *)tail, tail_len}};
	int saved = errno;

	r->kind = MAGIC | kind;
	r->bytes = (uint32_t)(sizeof(*r) + tail_len);
	if (journal >= 0 && syscall(SYS_writev, journal, parts, 2) != (long)r->bytes)
		die("the journal cannot be written");
	errno = saved;
}

__attribute__((constructor)) static void start(void)
{
	const char *dir = getenv("DISK_SHIM_DIR"), *path = getenv("DISK_SHIM_JOURNAL");
	const char *yard = getenv("DISK_SHIM_GRAVES"), *mapped = getenv("DISK_SHIM_CONTROL");
	struct record r = {.value = getpid(), .dir2 = (uint64_t)getpid() << 32};
	int fd;

	next_statvfs = (int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs");
	next_fstatvfs = (int (*)(int, struct statvfs *))dlsym(RTLD_NEXT, "fstatvfs");
	if (!dir || !path || !yard)
		return;
	root_len = (size_t)snprintf(root, sizeof(root), "%s", dir);
	snprintf(graves, sizeof(graves), "%s", yard);
	if (mapped) {
		fd = sys_open(mapped, O_RDWR | O_CLOEXEC, 0);
		if (fd < 0)
			die(mapped);
		control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (control == MAP_FAILED)
			die(mapped);
		sys_close(fd);
	}
	journal = sys_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (journal < 0)
		die(path);
	/* Numbers of syncs, and names of graves, of one process only. */
	atomic_store(&syncs, r.dir2);
	atomic_store(&buried, r.dir2);
	put(RECORD_START, &r, NULL, 0);
}

/* ---- names */

static bool is_ours(const char *path)
{
	return journal >= 0 && strncmp(path, root, root_len) == 0 &&
	       (path[root_len] == '/' || path[root_len] == '\0');
}

/* The path that a call with a directory means; NULL: none of ours. */
static const char *resolve(int dirfd, const char *path, char out[static PATH_MAX])
{
	char link[64];
	ssize_t n;

	if (journal < 0)
		return NULL;
	if (path[0] == '/' || dirfd == AT_FDCWD)
		return is_ours(path) ? path : NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
	n = readlink(link, out, PATH_MAX - 2 - strlen(path));
	if (n < 0)
		return NULL;
	snprintf(out + n, (size_t)(PATH_MAX - n), "/%s", path);
	return is_ours(out) ? out : NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static bool begins_with(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

static uint32_t class_of(const char *path)
{
	const char *name = base_name(path);

	if (ends_with(name, ".log"))
		return strstr(path, "/history/") || strstr(path, "/archive/") ? CLASS_HISTORY
									      : CLASS_LOG;
	if (ends_with(name, ".sst"))
		return CLASS_TABLE;
	if (begins_with(name, "MANIFEST"))
		return CLASS_MANIFEST;
	if (strcmp(name, "CURRENT") == 0 || ends_with(name, ".dbtmp"))
		return CLASS_CURRENT;
	if (strcmp(name, "SYNCED") == 0)
		return CLASS_WATERMARK;
	return CLASS_OTHER;
}

static uint64_t ino_of(const char *path, struct stat *sb)
{
	return fstatat(AT_FDCWD, path, sb, AT_SYMLINK_NOFOLLOW) == 0 ? sb->st_ino : 0;
}

static uint64_t parent_of(const char *path)
{
	char parent[PATH_MAX];
	struct stat sb;

	snprintf(parent, sizeof(parent), "%.*s", (int)(base_name(path) - path - 1), path);
	return ino_of(parent, &sb);
}

/* ---- faults */

/* Is this call one that fails?  Its rule, or NULL. */
static struct rule *fault(enum op op, uint32_t class)
{
	for (int i = 0; control && i < RULES; i++) {
		struct rule *r = &control->rules[i];

		if (!(r->ops & op) || !(r->classes & class))
			continue;
		if (atomic_fetch_sub(&r->skip, 1) > 0)
			continue;
		atomic_store(&r->skip, 0);
		if (atomic_fetch_sub(&r->times, 1) <= 0) {
			atomic_store(&r->times, 0);
			continue;
		}
		atomic_fetch_add(&r->hits, 1);
		errno = r->error;
		return r;
	}
	return NULL;
}

/* ---- what is kept before it goes */

/* Another name for what is about to lose one. */
static void bury(const char *path, uint64_t ino)
{
	char grave[PATH_MAX + 64];

	snprintf(grave, sizeof(grave), "%s/%llu-%llx", graves, (unsigned long long)ino,
	    (unsigned long long)atomic_fetch_add(&buried, 1));
	if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, grave, 0) != 0 && errno != ENOENT)
		die(grave);
}

static void keep_bytes(enum kind kind, int fd, uint64_t ino, off_t from, off_t n, off_t value)
{
	struct record r = {.ino = ino, .value = value};
	char *bytes = malloc((size_t)n + 1);

	if (!bytes || sys_pread(fd, bytes, (size_t)n, from) != n)
		die("bytes that go cannot be kept");
	put(kind, &r, bytes, (size_t)n);
	free(bytes);
}

static void before_write(int fd, const struct file *f, off_t at, size_t n)
{
	struct stat sb;

	if (fstat(fd, &sb) != 0 || at >= sb.st_size)
		return;
	if (at + (off_t)n > sb.st_size)
		n = (size_t)(sb.st_size - at);
	/* The descriptor may not be for reading. */
	char path[64];
	int reading;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reading = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	keep_bytes(RECORD_OVERWRITE, reading, f->ino, at, (off_t)n, at);
	sys_close(reading);
}

static void before_cut(const char *path, uint64_t ino, off_t old, off_t new)
{
	int fd;

	if (new >= old)
		return;
	fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	keep_bytes(RECORD_TRUNCATE, fd, ino, new, old - new, new);
	sys_close(fd);
}

/* ---- descriptors */

static struct file *file_of(int fd)
{
	struct stat sb;
	struct file *f;

	if (fd < 0 || fd >= FDS)
		return NULL;
	f = &files[fd];
	if (!atomic_load_explicit(&f->ino, memory_order_acquire))
		return NULL;
	/* Closed by a call that this library does not see, and used again? */
	if (fstat(fd, &sb) == 0 && sb.st_ino == f->ino)
		return f;
	atomic_store(&f->ino, 0);
	return NULL;
}

static void remember(int fd, const char *path, bool new)
{
	struct stat sb;
	struct file *f;

	if (fstat(fd, &sb) != 0)
		return;
	if (fd >= FDS)
		die("too many descriptors");
	f = &files[fd];
	f->class = S_ISDIR(sb.st_mode) ? CLASS_DIRECTORY : class_of(path);
	f->number = f->class == CLASS_LOG ? strtoull(base_name(path), NULL, 10) : 0;
	if (new && f->number > atomic_load(&newest_log))
		atomic_store(&newest_log, f->number);
	f->appended = new && f->class != CLASS_LOG;
	atomic_store_explicit(&f->ino, sb.st_ino, memory_order_release);
	if (new) {
		struct record r = {.ino = sb.st_ino, .dir = parent_of(path)};

		put(RECORD_CREATE, &r, base_name(path), strlen(base_name(path)));
	}
}

static int open_ours(const char *path, int flags, mode_t mode)
{
	struct stat sb;
	bool there = ino_of(path, &sb) != 0;
	int fd;

	if (fault(there || !(flags & O_CREAT) ? OP_OPEN : OP_CREATE, class_of(path)))
		return -1;
	if (there && (flags & O_TRUNC) && S_ISREG(sb.st_mode))
		before_cut(path, sb.st_ino, sb.st_size, 0);
	fd = sys_open(path, flags, mode);
	if (fd >= 0)
		remember(fd, path, !there);
	return fd;
}

static int open_at(int dirfd, const char *path, int flags, mode_t mode)
{
	char full[PATH_MAX];
	const char *ours = resolve(dirfd, path, full);

	return ours ? open_ours(ours, flags, mode)
		    : (int)syscall(SYS_openat, dirfd, path, flags, mode);
}

#define MODE(flags, last)                                                                      \
	mode_t mode = 0;                                                                       \
	if ((flags) & (O_CREAT | O_TMPFILE)) {                                                 \
		va_list ap;                                                                    \
		va_start(ap, last);                                                            \
		mode = va_arg(ap, mode_t);                                                     \
		va_end(ap);                                                                    \
	}

int open(const char *path, int flags, ...)
{
	MODE(flags, flags)
	return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	MODE(flags, flags)
	return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int dirfd, const char *path, int flags, ...)
{
	MODE(flags, flags)
	return open_at(dirfd, path, flags, mode);
}

int openat64(int dirfd, const char *path, int flags, ...)
{
	MODE(flags, flags)
	return open_at(dirfd, path, flags, mode);
}

/* What the compiler makes of calls without a mode. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0);
}

int creat(const char *path, mode_t mode)
{
	return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode)
{
	return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int close(int fd)
{
	if (fd >= 0 && fd < FDS)
		atomic_store(&files[fd].ino, 0);
	return sys_close(fd);
}

/* ---- writing */

/* Only half of it arrives, and the next call fails. */
static bool is_partly(const struct rule *r, size_t n)
{
	return r->partly && n > 1;
}

static ssize_t write_ours(int fd, struct file *f, const void *buf, size_t n)
{
	struct rule *r = fault(OP_WRITE, f->class);
	off_t at;

	if (r && !is_partly(r, n))
		return -1;
	if (!f->appended) {
		at = fcntl(fd, F_GETFL) & O_APPEND ? LLONG_MAX : lseek(fd, 0, SEEK_CUR);
		before_write(fd, f, at, n);
	}
	if (r)
		atomic_fetch_add(&r->times, 1);
	return syscall(SYS_write, fd, buf, r ? n / 2 : n);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	struct file *f = file_of(fd);

	return f ? write_ours(fd, f, buf, n) : syscall(SYS_write, fd, buf, n);
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t at)
{
	struct file *f = file_of(fd);
	struct rule *r = f ? fault(OP_WRITE, f->class == CLASS_LOG ? CLASS_AHEAD : f->class) : NULL;

	if (r && !is_partly(r, n))
		return -1;
	if (f) {
		f->appended = false;
		before_write(fd, f, at, n);
	}
	if (r)
		atomic_fetch_add(&r->times, 1);
	return syscall(SYS_pwrite64, fd, buf, r ? n / 2 : n, at);
}

ssize_t pwrite64(int fd, const void *buf, size_t n, off_t at)
{
	return pwrite(fd, buf, n, at);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
	struct file *f = file_of(fd);
	ssize_t all = 0, done;

	if (!f)
		return syscall(SYS_writev, fd, parts, n);
	for (int i = 0; i < n; i++) {
		done = write_ours(fd, f, parts[i].iov_base, parts[i].iov_len);
		if (done < 0)
			return all ? all : -1;
		all += done;
		if ((size_t)done < parts[i].iov_len)
			break;
	}
	return all;
}

int ftruncate(int fd, off_t size)
{
	struct file *f = file_of(fd);
	char path[64];
	struct stat sb;

	if (f) {
		if (fault(OP_TRUNCATE, f->class))
			return -1;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (fstat(fd, &sb) == 0)
			before_cut(path, f->ino, sb.st_size, size);
	}
	return (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off_t size)
{
	return ftruncate(fd, size);
}

/* ---- syncing */

static int sync_ours(int fd, struct file *f, long call)
{
	struct record r = {.ino = f->ino, .dir2 = atomic_fetch_add(&syncs, 1)};
	struct stat sb;
	int result;

	/* Before the call: what comes while it runs is not promised. */
	r.value = fstat(fd, &sb) == 0 ? sb.st_size : 0;
	put(RECORD_SYNC, &r, NULL, 0);
	if (fault(OP_SYNC, f->number && f->number < atomic_load(&newest_log)
			       ? f->class | CLASS_CLOSED_LOG : f->class)) {
		put(RECORD_SYNC_FAILED, &r, NULL, 0);
		return -1;
	}
	result = (int)syscall(call, fd);
	put(result == 0 ? RECORD_SYNCED : RECORD_SYNC_FAILED, &r, NULL, 0);
	return result;
}

int fsync(int fd)
{
	struct file *f = file_of(fd);

	return f ? sync_ours(fd, f, SYS_fsync) : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	struct file *f = file_of(fd);

	return f ? sync_ours(fd, f, SYS_fdatasync) : (int)syscall(SYS_fdatasync, fd);
}

/* ---- names come and go */

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	char full[2][PATH_MAX], both[2 * NAME_MAX + 2];
	const char *a = resolve(from_fd, from, full[0]), *b = resolve(to_fd, to, full[1]);
	struct record r = {.ino = 0};
	struct stat sb;
	int n, result;

	if (a && b) {
		if (fault(OP_RENAME, class_of(a)))
			return -1;
		r = (struct record){.ino = ino_of(a, &sb), .dir = parent_of(a),
		    .dir2 = parent_of(b)};
		if (ino_of(b, &sb) && S_ISREG(sb.st_mode))
			bury(b, sb.st_ino);
	}
	result = (int)syscall(SYS_renameat, from_fd, from, to_fd, to);
	if (r.ino && result == 0) {
		n = snprintf(both, sizeof(both), "%s%c%s", base_name(a), '\0', base_name(b));
		put(RECORD_RENAME, &r, both, (size_t)n);
	}
	return result;
}

int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	char full[PATH_MAX];
	const char *b = resolve(to_fd, to, full);
	struct record r = {.ino = 0};
	struct stat sb;
	int result;

	if (b && fault(OP_LINK, class_of(b)))
		return -1;
	result = (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
	if (b && result == 0) {
		r = (struct record){.ino = ino_of(b, &sb), .dir = parent_of(b)};
		put(RECORD_LINK, &r, base_name(b), strlen(base_name(b)));
	}
	return result;
}

int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int dirfd, const char *path, int flags)
{
	char full[PATH_MAX];
	const char *ours = resolve(dirfd, path, full);
	struct record r = {.ino = 0};
	struct stat sb;
	int result;

	if (ours) {
		if (fault(OP_UNLINK, class_of(ours)))
			return -1;
		r = (struct record){.ino = ino_of(ours, &sb), .dir = parent_of(ours)};
		if (r.ino && S_ISREG(sb.st_mode))
			bury(ours, r.ino);
	}
	result = (int)syscall(SYS_unlinkat, dirfd, path, flags);
	if (r.ino && result == 0)
		put(RECORD_UNLINK, &r, base_name(ours), strlen(base_name(ours)));
	return result;
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdir(const char *path, mode_t mode)
{
	struct record r = {.value = 1};
	bool ours = is_ours(path);
	struct stat sb;
	int result;

	if (ours && fault(OP_MKDIR, CLASS_DIRECTORY))
		return -1;
	result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
	if (ours && result == 0) {
		r.ino = ino_of(path, &sb);
		r.dir = parent_of(path);
		put(RECORD_CREATE, &r, base_name(path), strlen(base_name(path)));
	}
	return result;
}

/* ---- how full the disk is */

static void set_free(struct statvfs *v)
{
	int64_t bytes = control ? atomic_load(&control->free_bytes) : -1;

	if (bytes >= 0)
		v->f_bfree = v->f_bavail = (fsblkcnt_t)bytes / v->f_frsize;
}

int statvfs(const char *path, struct statvfs *v)
{
	int result = next_statvfs(path, v);

	if (result == 0 && is_ours(path))
		set_free(v);
	return result;
}

int statvfs64(const char *path, struct statvfs64 *v)
{
	return statvfs(path, (struct statvfs *)v);
}

int fstatvfs(int fd, struct statvfs *v)
{
	int result = next_fstatvfs(fd, v);

	if (result == 0 && file_of(fd))
		set_free(v);
	return result;
}
