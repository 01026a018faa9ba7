libdolmen_a_SOURCES += \
	src/commands/args.c src/commands/args.h \
	src/commands/bulk_ops.c src/commands/bulk_ops.h \
	src/commands/clients.c src/commands/clients.h \
	src/commands/cmd_aggregate.c \
	src/commands/cmd_build_info.c \
	src/commands/cmd_bulk_write.c \
	src/commands/cmd_coll_mod.c \
	src/commands/cmd_coll_stats.c \
	src/commands/cmd_connection.c \
	src/commands/cmd_count.c \
	src/commands/cmd_create.c \
	src/commands/cmd_create_indexes.c \
	src/commands/cmd_current_op.c \
	src/commands/cmd_delete.c \
	src/commands/cmd_distinct.c \
	src/commands/cmd_drop.c \
	src/commands/cmd_drop_indexes.c \
	src/commands/cmd_explain.c \
	src/commands/cmd_find.c \
	src/commands/cmd_find_and_modify.c \
	src/commands/cmd_fsync.c \
	src/commands/cmd_get_more.c \
	src/commands/cmd_hello.c \
	src/commands/cmd_host_info.c \
	src/commands/cmd_index_filters.c \
	src/commands/cmd_insert.c \
	src/commands/cmd_kill_cursors.c \
	src/commands/cmd_list_collections.c \
	src/commands/cmd_list_commands.c \
	src/commands/cmd_list_databases.c \
	src/commands/cmd_list_indexes.c \
	src/commands/cmd_log.c \
	src/commands/cmd_params.c \
	src/commands/cmd_ping.c \
	src/commands/cmd_plan_cache_clear.c \
	src/commands/cmd_query_settings.c \
	src/commands/cmd_re_index.c \
	src/commands/cmd_rename_collection.c \
	src/commands/cmd_replset.c \
	src/commands/cmd_server_status.c \
	src/commands/cmd_sessions.c \
	src/commands/cmd_shutdown.c \
	src/commands/cmd_update.c \
	src/commands/cmd_validate.c \
	src/commands/coll_mod_index.c src/commands/coll_mod_index.h \
	src/commands/command.h \
	src/commands/commands.def \
	src/commands/common.c src/commands/common.h \
	src/commands/create_check.c \
	src/commands/create_options.c src/commands/create_options.h \
	src/commands/current_op.c src/commands/current_op.h \
	src/commands/cursor_reply.c src/commands/cursor_reply.h \
	src/commands/dispatch.c \
	src/commands/find.h src/commands/find_point.c \
	src/commands/explain.c src/commands/explain.h \
	src/commands/index_special.c \
	src/commands/index_text.c \
	src/commands/index_specs.c src/commands/index_specs.h \
	src/commands/instance.c src/commands/instance.h \
	src/commands/list_cursor.c src/commands/list_cursor.h \
	src/commands/namespace.c src/commands/namespace.h \
	src/commands/ops.c src/commands/ops.h \
	src/commands/params.c src/commands/params.h \
	src/commands/read_concern.c \
	src/commands/read_options.c src/commands/read_options.h \
	src/commands/replset.c src/commands/replset.h \
	src/commands/reply.c src/commands/reply.h \
	src/commands/request.h \
	src/commands/settings_parse.c src/commands/settings_parse.h \
	src/commands/shape_args.c src/commands/shape_args.h \
	src/commands/statement.c src/commands/statement.h \
	src/commands/statement_retry.c src/commands/statement_retry.h \
	src/commands/table.c \
	src/commands/timeseries_options.c src/commands/timeseries_options.h \
	src/commands/view_definition.c src/commands/view_definition.h \
	src/commands/view_graph.c \
	src/commands/view_pipeline.c src/commands/view_pipeline.h \
	src/commands/write_concern.c \
	src/commands/write_reply.c src/commands/write_reply.h
