/*
 * commands/replset.h - what a set of one says about itself: in hello,
 * serverStatus and the replSet commands.
 *
 * Threads: pure.
 */
#ifndef COMMANDS_REPLSET_H
#define COMMANDS_REPLSET_H

#include "commands/request.h"

/* "host:port" by which this client should call us; NULL without memory. */
const char *replset_own_address(struct request *r);

/* 1 and up: rises each time the store is opened. */
uint32_t replset_term(const struct instance *inst);

/* {ts, t} */
void replset_put_op_time(struct builder *b, const char *name, uint64_t cluster_time, uint32_t term);
/* The seconds of a cluster time, as a date. */
int64_t replset_wall_ms(uint64_t cluster_time);

/* hosts, setName ... lastWrite: hello's fields; primary_field is "ismaster" in
 * its older form. */
void replset_put_hello(struct request *r, const char *primary_field);

#endif
