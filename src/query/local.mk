libdolmen_a_SOURCES += \
	src/query/coll_stats.c src/query/coll_stats.h \
	src/query/cursors.c src/query/cursors.h \
	src/query/exec.c src/query/exec.h \
	src/query/exec_collscan.c \
	src/query/exec_covered.c \
	src/query/exec_distinct.c \
	src/query/exec_fetch.c \
	src/query/exec_ixscan.c \
	src/query/exec_limit.c \
	src/query/exec_merge.c \
	src/query/exec_near.c \
	src/query/exec_meta.c \
	src/query/exec_or.c \
	src/query/exec_point.c \
	src/query/exec_project.c \
	src/query/exec_sort.c \
	src/query/exec_text.c \
	src/query/explain.c src/query/explain.h \
	src/query/explain_index.c \
	src/query/explain_nodes.c \
	src/query/fetching.c src/query/fetching.h \
	src/query/filtering.c \
	src/query/index_filters.c src/query/index_filters.h \
	src/query/keyset.c src/query/keyset.h \
	src/query/exec_documents.c src/query/exec_documents.h \
	src/query/measurement.c src/query/measurement.h \
	src/query/modify.c src/query/modify.h \
	src/query/plan.h \
	src/query/plan_build.c \
	src/query/plan_cache.c src/query/plan_cache.h \
	src/query/plan_cost.c \
	src/query/plan_cover.c \
	src/query/plan_order.c \
	src/query/plan_recall.c \
	src/query/plan_near.c \
	src/query/plan_text.c \
	src/query/plan_union.c \
	src/query/plan_ways.c src/query/plan_wildcard.c \
	src/query/planner.c \
	src/query/planning.h \
	src/query/query.c src/query/query.h \
	src/query/query_settings.c src/query/query_settings.h \
	src/query/query_shape.c src/query/query_shape.h \
	src/query/query_state.c src/query/query_state.h \
	src/query/restriction.c src/query/restriction.h \
	src/query/row_meta.c src/query/row_meta.h \
	src/query/series_update.c src/query/series_update.h \
	src/query/settings_change.c src/query/settings_change.h \
	src/query/shape.c src/query/shape.h \
	src/query/ttl.c src/query/ttl.h \
	src/query/validator.c src/query/validator.h \
	src/query/walk.c src/query/walk.h \
	src/query/writer.c src/query/writer.h \
	src/query/writer_capped.c \
	src/query/writer_change.c \
	src/query/writer_fix.c \
	src/query/writer_insert.c \
	src/query/writer_parts.h
