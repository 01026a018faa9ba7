/*
 * query/exec_documents.h - a node over documents that have been made before.
 *
 * What the list commands answer is short and is made at once, so that it is of
 * one moment; a cursor over it then hands it out batch by batch.
 *
 *     docs = documents_new(&c->arena, &c->memory);
 *     b = documents_begin(docs); ... builder_str(b, ...) ...
 *     documents_end(docs);                   or documents_drop(docs)
 *     c->exec = documents_exec(docs);
 *
 * Threads: belongs to one request at a time, like every tree.
 */
#ifndef QUERY_EXEC_DOCUMENTS_H
#define QUERY_EXEC_DOCUMENTS_H

#include "query/exec.h"

struct documents;

/* NULL when there is no memory.  The bytes are charged to account and freed
 * when the arena ends. */
struct documents *documents_new(struct arena *a, struct memory_account *account);
/* A document's builder, valid until it is ended or dropped. */
struct builder *documents_begin(struct documents *d);
/* The finished document; valid until the next begin or drop. */
struct view documents_end(struct documents *d);
/* Takes back the document that was ended last. */
void documents_drop(struct documents *d);
bool documents_are_none(const struct documents *d);
/* NULL when something did not fit into memory.  Nothing may be added
 * afterwards. */
struct exec *documents_exec(struct documents *d);

#endif
