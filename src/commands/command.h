/*
 * commands/command.h - what a command is: one const entry, one file.
 *
 * The entry says everything that can be said without running it: names,
 * flags, fields, help.  dispatch.c finds it by name, decodes the fields (an
 * unknown or mistyped one is refused there, for all commands, with MongoDB's
 * code), checks out the session, calls run until it is DONE, and finishes the reply.
 * listCommands and the man pages come from the table.
 *
 * Threads: entries are const.
 */
#ifndef COMMANDS_COMMAND_H
#define COMMANDS_COMMAND_H

#include "commands/request.h"

enum command_flags {
	CMD_READ = 1 << 0,
	CMD_WRITE = 1 << 1,	    /* takes writeConcern; refused while the store is read-only */
	CMD_ADMIN_ONLY = 1 << 2,    /* Unauthorized (13) on another database */
	CMD_NO_AUTH = 1 << 3,	    /* before authentication too */
	CMD_RETRYABLE = 1 << 4,	    /* takes txnNumber */
	CMD_LOOP = 1 << 5,	    /* begins on the loop; else straight to the executor */
	CMD_READ_CONCERN = 1 << 6,  /* takes readConcern other than local */
	CMD_ANY_FIELDS = 1 << 7,    /* unknown fields are not refused (MongoDB does not) */
	CMD_NO_SESSION = 1 << 8,    /* an lsid does not check a session out */
	CMD_COUNT_SELF = 1 << 9,    /* counts opcounters itself; else "command" */
	CMD_UNBOUNDED = 1 << 10,    /* not stopped by maxTimeMS of its own accord */
	CMD_HIDDEN = 1 << 11,	    /* not in listCommands */
	CMD_API_1 = 1 << 12,	    /* part of the stable API, version 1 */
	CMD_SNAPSHOT = 1 << 13,	    /* takes readConcern snapshot outside transactions */
	CMD_WRITE_CONCERN = 1 << 14, /* takes writeConcern, though it may only read */
};

/*
 * How a field is decoded into the args struct.  "given" tells absent from
 * zero.  null counts as absent, as in MongoDB, but for FIELD_ANY, which gets
 * it (unless FIELD_NULL_OK says otherwise), and where FIELD_NOT_NULL makes it
 * a TypeMismatch (14).
 */
enum field_type {
	FIELD_UNUSED,	/* anything, not looked at: the 1 of {ping: 1} */
	FIELD_STR,	/* string -> struct view (data NULL: absent) */
	FIELD_COLL,	/* a collection name: string, checked (73) -> struct view */
	FIELD_BOOL,	/* bool only -> struct arg_bool */
	FIELD_BOOL_NUM, /* bool or any number ("safe bool") -> struct arg_bool */
	FIELD_INT,	/* any number with an integral value, int64 -> struct arg_int */
	FIELD_LONG,	/* int64 only, as cursor ids -> struct arg_int */
	FIELD_DOC,	/* document -> struct view (data NULL: absent) */
	FIELD_ARRAY,	/* array -> struct view */
	FIELD_DOCS,	/* array of documents, or a kind-1 section -> struct arg_docs */
	FIELD_UUID,	/* binary subtype 4 -> struct view of 16 bytes */
	FIELD_ANY,	/* anything -> struct value (missing: absent) */
	FIELD_REFUSED,	/* known to MongoDB, not here: an error that names it.  The
			 * offset is not used; help says why. */
};

enum field_flags {
	FIELD_REQUIRED = 1 << 0, /* 40414 when absent; such fields stand first in their table */
	FIELD_NULL_OK = 1 << 1, /* FIELD_ANY: null is absent; with others it is anyway */
	FIELD_NOT_NEGATIVE = 1 << 2, /* BadValue (2) below 0 */
	FIELD_TRUNCATE = 1 << 3,     /* numbers with a fraction are coerced (args.h), not refused */
	FIELD_INTEGRAL_ONLY = 1 << 4, /* FIELD_INT: only int32 and int64 */
	FIELD_NOT_NULL = 1 << 5,      /* null is a wrong type */
};

struct arg_bool {
	bool given, v;
};

struct arg_int {
	bool given;
	int64_t v;
};

/* Documents from an array in the body or from a kind-1 section. */
struct arg_docs {
	bool given, from_array;
	int count;
	struct view bytes; /* an array document, or documents one after another */
};
struct docs_iter {
	struct doc_iter array;
	struct view rest;
	bool from_array;
};
struct docs_iter docs_iter(const struct arg_docs *docs);
bool docs_next(struct docs_iter *it, struct view *doc);

struct field {
	const char *name; /* NULL: the end of the table */
	enum field_type type;
	unsigned int flags;
	size_t offset;
	const char *help;
};

struct explain_spec; /* commands/explain.h */

struct command {
	const char *name;
	const char *alias; /* "isMaster" also as "ismaster"; NULL: none */
	unsigned int flags;
	/* The first field, which has the command's name: its type and where it
	 * goes.  {find: "coll"} is FIELD_COLL, whose namespace also becomes
	 * request.ns. */
	enum field_type target_type;
	size_t target_offset;
	const struct field *fields; /* NULL: none of its own */
	size_t args_size, state_size;
	const char *help;
	/* May return DONE, HANDOVER, PARK or ERROR (r->status).  On DONE the reply's
	 * own fields have been written; ok and what follows it are dispatch's. */
	enum step (*run)(struct request *r);
	/* What it would do with r->args, which have been decoded; nothing is done.  NULL:
	 * it cannot be explained. */
	int (*explain)(struct request *r, struct explain_spec *out);
	/* Frees what state holds outside the arena; called once, whatever
	 * happened.  NULL: nothing. */
	void (*clear)(struct request *r);
};

/* All commands, sorted by name; NULL at the end.  commands.def lists them. */
extern const struct command *const command_table[];
/* By name or alias, or NULL. */
const struct command *command_find(struct view name);

#endif
