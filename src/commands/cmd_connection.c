/*
 * whatsmyuri and connectionStatus: what the server knows of who is asking.
 */
#include "commands/command.h"

static enum step whatsmyuri_run(struct request *r)
{
	builder_str(&r->builder, "you", r->client->peer);
	return STEP_DONE;
}

const struct command cmd_whatsmyuri = {
    .name = "whatsmyuri",
    .flags = CMD_READ | CMD_NO_AUTH | CMD_LOOP | CMD_ANY_FIELDS,
    .help = "The address that the client comes from.",
    .run = whatsmyuri_run,
};

struct status_args {
	struct arg_bool show_privileges;
};

static const struct field status_fields[] = {
    {"showPrivileges", FIELD_BOOL_NUM, 0, offsetof(struct status_args, show_privileges),
	"Also what the users may do."},
    {NULL},
};

static void put_empty(struct builder *b, const char *name)
{
	builder_array_begin(b, name);
	builder_array_end(b);
}

static enum step connection_status_run(struct request *r)
{
	const struct status_args *a = r->args;
	struct builder *b = &r->builder;
	uint8_t uuid[16] = {0};
	uint64_t be = htobe64(r->client->id);

	/* One for each connection, and the same for its whole life. */
	memcpy(uuid, r->inst->process_id + 4, 8);
	memcpy(uuid + 8, &be, 8);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	builder_doc_begin(b, "authInfo");
	put_empty(b, "authenticatedUsers");
	put_empty(b, "authenticatedUserRoles");
	if (a->show_privileges.v)
		put_empty(b, "authenticatedUserPrivileges");
	builder_doc_end(b);
	builder_uuid(b, "uuid", uuid);
	return STEP_DONE;
}

const struct command cmd_connection_status = {
    .name = "connectionStatus",
    .flags = CMD_READ | CMD_NO_AUTH | CMD_LOOP,
    .fields = status_fields,
    .args_size = sizeof(struct status_args),
    .help = "Who is authenticated on this connection.",
    .run = connection_status_run,
};
