#include "storage/door.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/version.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

static_assert(ROCKSDB_MAJOR * 100 + ROCKSDB_MINOR >= 708 && ROCKSDB_MAJOR < 10,
    "the layout of the C API's structs is known from 7.8 to 9.x");

/* The C API's structs, as c.cc of those versions has them: the C++ object is
 * the first member.  A family's handle has one more member in later versions;
 * it is made here with room for it. */
struct rocksdb_t {
	rocksdb::DB *rep;
};
struct rocksdb_writeoptions_t {
	rocksdb::WriteOptions rep;
};
struct rocksdb_writebatch_t {
	rocksdb::WriteBatch rep;
};
struct rocksdb_options_t {
	rocksdb::Options rep;
};
struct rocksdb_iterator_t {
	rocksdb::Iterator *rep;
};
struct rocksdb_snapshot_t {
	const rocksdb::Snapshot *rep;
};
struct rocksdb_column_family_handle_t {
	rocksdb::ColumnFamilyHandle *rep;
	void *room;
};

struct door_pin {
	rocksdb::PinnableSlice slice;
};

namespace
{

door_code code_of(const rocksdb::Status &s)
{
	if (s.ok())
		return DOOR_OK;
	if (s.IsNotFound())
		return DOOR_ABSENT;
	if (s.IsIncomplete())
		return DOOR_INCOMPLETE;
	if (s.IsNoSpace())
		return DOOR_NO_SPACE;
	if (s.IsCorruption())
		return DOOR_CORRUPTION;
	if (s.IsIOError())
		return DOOR_IO_ERROR;
	return DOOR_OTHER;
}

void set_status(door_status *st, const rocksdb::Status &s)
{
	st->code = code_of(s);
	if (st->code != DOOR_OK && st->code != DOOR_ABSENT && st->code != DOOR_INCOMPLETE)
		std::snprintf(st->message, sizeof(st->message), "%s", s.ToString().c_str());
}

/* The bytes of a batch: a sequence number, which the write fills in, the number of
 * keys, and the operations (rocksdb's db/write_batch.cc describes it; log_batch.c
 * reads the same). */
constexpr size_t batch_header = 12;
constexpr char tag_log_data = 0x03;

void put_fixed32(char *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = static_cast<char>(v >> (8 * i));
}

void append_varint32(std::string *to, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		to->push_back(static_cast<char>(v | 0x80));
	to->push_back(static_cast<char>(v));
}

class Listener : public rocksdb::EventListener
{
      public:
	explicit Listener(const door_listener *l) : l_(l)
	{
	}

	void OnBackgroundError(
	    rocksdb::BackgroundErrorReason reason, rocksdb::Status *error) override
	{
		door_status st = {};
		door_error_source source = DOOR_FROM_BACKGROUND;

		if (reason == rocksdb::BackgroundErrorReason::kWriteCallback ||
		    reason == rocksdb::BackgroundErrorReason::kMemTable)
			source = DOOR_FROM_WRITE;
		else if (error->severity() >= rocksdb::Status::kFatalError)
			source = DOOR_FROM_BACKGROUND_FOR_GOOD;
		set_status(&st, *error);
		l_->background_error(l_->arg, source, &st);
	}

	/* It would begin with the log file, also when that is what has failed,
	 * and at the same time as door_resume. */
	void OnErrorRecoveryBegin(
	    rocksdb::BackgroundErrorReason, rocksdb::Status, bool *auto_recovery) override
	{
		*auto_recovery = false;
	}

      private:
	const door_listener *l_;
};

/*
 * The write-ahead log as it is written.  A sync of bytes that are appended has the
 * file's new size and the blocks' state to write as well, which is a journal commit
 * of the file system; one of bytes that take the place of others has not, and costs
 * three fifths (measured on ext4: 115 us for 185).  So where syncs come often the
 * file is filled with zeros for a piece ahead, by the thread that syncs.  Zeros are
 * no record, to RocksDB as to log_file.c; closing the file cuts them off.
 *
 * Threads: one appends, under RocksDB's lock; any sync.
 */
class LogFile : public rocksdb::FSWritableFileOwnerWrapper
{
      public:
	LogFile(std::unique_ptr<rocksdb::FSWritableFile> &&file, const std::string &name,
	    door_failed *failed)
	    : FSWritableFileOwnerWrapper(std::move(file)), failed_(failed),
	      fd_(open(name.c_str(), O_WRONLY | O_CLOEXEC))
	{
	}

	~LogFile() override
	{
		if (fd_ >= 0)
			close(fd_);
	}

	rocksdb::IOStatus Append(const rocksdb::Slice &data, const rocksdb::IOOptions &options,
	    rocksdb::IODebugContext *dbg) override
	{
		return append(data.size(), [&] { return target()->Append(data, options, dbg); });
	}

	rocksdb::IOStatus Append(const rocksdb::Slice &data, const rocksdb::IOOptions &options,
	    const rocksdb::DataVerificationInfo &info, rocksdb::IODebugContext *dbg) override
	{
		return append(data.size(),
		    [&] { return target()->Append(data, options, info, dbg); });
	}

	rocksdb::IOStatus Sync(
	    const rocksdb::IOOptions &options, rocksdb::IODebugContext *dbg) override
	{
		fill_ahead();
		return check(target()->Sync(options, dbg));
	}

	rocksdb::IOStatus Fsync(
	    const rocksdb::IOOptions &options, rocksdb::IODebugContext *dbg) override
	{
		fill_ahead();
		return check(target()->Fsync(options, dbg));
	}

      private:
	static constexpr uint64_t piece = 256 * 1024;

	door_failed *failed_;
	int fd_; /* -1: nothing is filled any more */
	std::atomic<uint64_t> size_{0}; /* what has been appended */
	std::atomic<uint64_t> ahead_{0}; /* the file's size; it only grows */
	uint64_t synced_ = 0; /* size_ at the last sync */
	std::mutex lock_; /* of the file from ahead_ on */

	template <typename F> rocksdb::IOStatus append(size_t n, F write)
	{
		uint64_t end = size_.load() + n;
		std::unique_lock<std::mutex> held(lock_, std::defer_lock);

		if (end > ahead_.load()) {
			held.lock();
			if (end > ahead_.load())
				ahead_.store(end);
		}
		size_.store(end);
		return write();
	}

	void fill_ahead()
	{
		static char zeros[piece]; /* of which nobody changes any */
		std::unique_lock<std::mutex> held(lock_);
		uint64_t size = size_.load(), from = ahead_.load(), since = size - synced_;
		ssize_t n;

		synced_ = size;
		if (fd_ < 0 || since > piece / 4 || from - size > piece / 4)
			return;
		n = pwrite(fd_, zeros, piece, static_cast<off_t>(from));
		if (n > 0)
			ahead_.store(from + static_cast<uint64_t>(n));
	}

	rocksdb::IOStatus check(rocksdb::IOStatus s)
	{
		if (!s.ok())
			failed_(s.ToString().c_str());
		return s;
	}
};

class Files : public rocksdb::FileSystemWrapper
{
      public:
	explicit Files(door_failed *failed)
	    : FileSystemWrapper(rocksdb::FileSystem::Default()), failed_(failed)
	{
	}

	const char *Name() const override
	{
		return "dolmen";
	}

	rocksdb::IOStatus NewWritableFile(const std::string &name,
	    const rocksdb::FileOptions &options, std::unique_ptr<rocksdb::FSWritableFile> *out,
	    rocksdb::IODebugContext *dbg) override
	{
		rocksdb::IOStatus s = target()->NewWritableFile(name, options, out, dbg);

		if (s.ok() && name.size() > 4 && name.compare(name.size() - 4, 4, ".log") == 0)
			out->reset(new LogFile(std::move(*out), name, failed_));
		return s;
	}

      private:
	door_failed *failed_;
};

class Words : public rocksdb::Logger
{
      public:
	explicit Words(door_say *say) : Logger(rocksdb::WARN_LEVEL), say_(say)
	{
	}

	/* Thousands of lines of options at each opening. */
	void LogHeader(const char *, va_list) override
	{
	}

	using rocksdb::Logger::Logv;
	void Logv(const char *format, va_list ap) override
	{
		tell(DOOR_WARNING, format, ap);
	}

	void Logv(const rocksdb::InfoLogLevel level, const char *format, va_list ap) override
	{
		if (level >= GetInfoLogLevel() && level < rocksdb::HEADER_LEVEL)
			tell(level > rocksdb::WARN_LEVEL ? DOOR_ERROR : DOOR_WARNING, format,
			    ap);
	}

      private:
	door_say *say_;

	void tell(door_severity severity, const char *format, va_list ap)
	{
		char line[1024];

		std::vsnprintf(line, sizeof(line), format, ap);
		say_(severity, line);
	}
};

}

extern "C" {

void door_write(rocksdb_t *db, const rocksdb_writeoptions_t *options,
    rocksdb_writebatch_t *batch, struct door_status *st)
{
	set_status(st, db->rep->Write(options->rep, &batch->rep));
}

void door_write_joined(rocksdb_t *db, const rocksdb_writeoptions_t *options,
    const struct door_part *parts, size_t n, struct door_status *st)
{
	size_t bytes = batch_header;
	uint32_t count = 0;
	std::string rep;

	for (size_t i = 0; i < n; i++)
		bytes += parts[i].batch->rep.GetDataSize() + parts[i].log_data_len;
	rep.reserve(bytes);
	rep.resize(batch_header);
	for (size_t i = 0; i < n; i++) {
		const std::string &part = parts[i].batch->rep.Data();

		count += static_cast<uint32_t>(parts[i].batch->rep.Count());
		rep.append(part, batch_header, std::string::npos);
		rep.push_back(tag_log_data);
		append_varint32(&rep, static_cast<uint32_t>(parts[i].log_data_len));
		rep.append(static_cast<const char *>(parts[i].log_data), parts[i].log_data_len);
	}
	put_fixed32(&rep[8], count);

	rocksdb::WriteBatch joined(std::move(rep));

	set_status(st, db->rep->Write(options->rep, &joined));
}

void door_batch_overwrite(rocksdb_writebatch_t *batch, size_t at, const void *bytes, size_t n)
{
	/* A batch that was made without protection keeps no checksums of its keys. */
	std::memcpy(const_cast<char *>(batch->rep.Data().data()) + at, bytes, n);
}

void door_get(rocksdb_t *db, rocksdb_column_family_handle_t *family,
    const rocksdb_snapshot_t *snapshot, bool cached_only, const void *key, size_t key_len,
    struct door_pin **pin, const unsigned char **value, size_t *value_len,
    struct door_status *st)
{
	rocksdb::ReadOptions options;
	std::unique_ptr<door_pin> p(new door_pin);

	if (snapshot)
		options.snapshot = snapshot->rep;
	if (cached_only)
		options.read_tier = rocksdb::kBlockCacheTier;
	set_status(st,
	    db->rep->Get(options, family->rep,
		rocksdb::Slice(static_cast<const char *>(key), key_len), &p->slice));
	if (st->code != DOOR_OK)
		return;
	*value = reinterpret_cast<const unsigned char *>(p->slice.data());
	*value_len = p->slice.size();
	*pin = p.release();
}

void door_pin_free(struct door_pin *pin)
{
	delete pin;
}

void door_iter_status(const rocksdb_iterator_t *it, struct door_status *st)
{
	set_status(st, it->rep->status());
}

long long door_range_bytes(rocksdb_t *db, rocksdb_column_family_handle_t *family,
    const void *from, size_t from_len, const void *to, size_t to_len)
{
	rocksdb::SizeApproximationOptions options;
	rocksdb::Range range(rocksdb::Slice(static_cast<const char *>(from), from_len),
	    rocksdb::Slice(static_cast<const char *>(to), to_len));
	uint64_t bytes = 0;

	options.include_memtables = true;
	options.include_files = true;
	if (!db->rep->GetApproximateSizes(options, family->rep, &range, 1, &bytes).ok())
		return 0;
	return static_cast<long long>(bytes);
}

void door_families_create(rocksdb_t *db, const rocksdb_options_t *options, int n,
    const char *const *names, rocksdb_column_family_handle_t **handles, struct door_status *st)
{
	std::vector<rocksdb::ColumnFamilyHandle *> made;
	rocksdb::Status s = db->rep->CreateColumnFamilies(
	    options->rep, std::vector<std::string>(names, names + n), &made);

	if (s.ok()) {
		for (int i = 0; i < n; i++)
			handles[i] = new rocksdb_column_family_handle_t{made[i], nullptr};
	} else {
		/* Those before the one that failed exist. */
		rocksdb::Status undone = db->rep->DropColumnFamilies(made);

		undone.PermitUncheckedError();
		for (rocksdb::ColumnFamilyHandle *h : made)
			delete h;
	}
	set_status(st, s);
}

void door_families_drop(rocksdb_t *db, int n, rocksdb_column_family_handle_t *const *handles,
    struct door_status *st)
{
	std::vector<rocksdb::ColumnFamilyHandle *> list;

	for (int i = 0; i < n; i++)
		list.push_back(handles[i]->rep);
	set_status(st, db->rep->DropColumnFamilies(list));
}

void door_family_close(rocksdb_column_family_handle_t *handle)
{
	delete handle->rep;
	/* Not "delete handle": c.cc's own handles have another size. */
	::operator delete(static_cast<void *>(handle));
}

void door_listen(rocksdb_options_t *options, const struct door_listener *l)
{
	options->rep.listeners.push_back(std::make_shared<Listener>(l));
	/* Errors of some kinds it tries to leave behind in a thread of its own,
	 * and answers door_resume that it is busy meanwhile. */
	options->rep.max_bgerror_resume_count = 0;
}

void door_log(rocksdb_options_t *options, door_say *say)
{
	options->rep.info_log = std::make_shared<Words>(say);
}

void door_own_log(rocksdb_options_t *options, door_failed *failed)
{
	/* As the default one it is never destroyed: after a failed write
	 * RocksDB's threads live as long as the process. */
	static rocksdb::Env *const env =
	    rocksdb::NewCompositeEnv(std::make_shared<Files>(failed)).release();

	options->rep.env = env;
}

void door_resume(rocksdb_t *db, struct door_status *st)
{
	set_status(st, db->rep->Resume());
}

const char *door_version(void)
{
	static const std::string version = rocksdb::GetRocksVersionAsString(true);

	return version.c_str();
}

}
