/*
 * aggregate/transforming.h - what the stages that make one document of one
 * document share: they are expr/transform.h's.
 *
 * Threads: as stage.h.
 */
#ifndef AGGREGATE_TRANSFORMING_H
#define AGGREGATE_TRANSFORMING_H

#include "aggregate/stage.h"

/* A stage type's parse and make; the stage's own name says which transform it is. */
int transforming_parse(
    struct stage *s, struct value spec, const struct stage_context *cx, struct status *st);
struct exec *transforming_make(const struct stage *s, struct exec *input, struct arena *a,
    struct memory_account *account);

#endif
