/*
 * commands/args.h - fields of a document into a struct, by a table.
 *
 * dispatch decodes every command with it; a command decodes documents inside
 * its own (a statement of an update, a cursor's options) with fields_decode.
 * Views and values point into the message.
 *
 * Threads: pure.
 */
#ifndef COMMANDS_ARGS_H
#define COMMANDS_ARGS_H

#include "commands/command.h"

/* Fields in one table at most. */
#define FIELDS_MAX 64

/*
 * out has been zeroed by the caller.  where is the path that error texts put
 * in front of a field ("update.updates").  Unknown fields are refused (40415)
 * unless any_fields; doubles are always (40413).
 */
MUST_CHECK int fields_decode(const struct field *table, struct view doc, void *out,
    const char *where, bool any_fields, struct status *st);

/* r->body and the message's sequences into r->common and r->args (which it
 * allocates); r->command and r->name are set. */
MUST_CHECK int args_decode(struct request *r, struct status *st);

/*
 * The command c that stands as body inside of another (explain): r->args becomes its
 * own, and r->ns its collection's; the fields that all commands have are checked
 * for what they are and otherwise the outer one's.
 */
MUST_CHECK int args_decode_inner(
    struct request *r, const struct command *c, struct view body, struct status *st);

/* TypeMismatch (14), in the words that all commands share. */
int wrong_type(struct status *st, const char *where, const char *name, uint8_t type,
    const char *expected);

/* Where MongoDB does not insist on a whole number: a double is cut, a decimal
 * rounded to even; NaN is 0, and what is out of range the nearest int64.  False
 * for what is no number. */
bool number_coerce(struct value v, int64_t *out);

/* A whole number of any kind: 14 for other types, 9 for what int64 cannot hold
 * (fractions, NaN, what is too large), 2 outside [low, high]. */
MUST_CHECK int number_decode(struct value v, const char *where, const char *name, int64_t low,
    int64_t high, int64_t *out, struct status *st);

#endif
