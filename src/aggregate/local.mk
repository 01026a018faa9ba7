libdolmen_a_SOURCES += \
	src/aggregate/acc_covariance.c \
	src/aggregate/acc_list.c \
	src/aggregate/acc_merge_objects.c \
	src/aggregate/acc_n.c \
	src/aggregate/acc_percentile.c \
	src/aggregate/acc_pick.c \
	src/aggregate/acc_set.c \
	src/aggregate/acc_spread.c \
	src/aggregate/acc_sum.c \
	src/aggregate/acc_top.c \
	src/aggregate/accumulating.c src/aggregate/accumulating.h \
	src/aggregate/accumulator.c src/aggregate/accumulator.h \
	src/aggregate/accumulators.def \
	src/aggregate/field_path.c src/aggregate/field_path.h \
	src/aggregate/foreign.c src/aggregate/foreign.h \
	src/aggregate/granularity.c src/aggregate/granularity.h \
	src/aggregate/join_values.c src/aggregate/join_values.h \
	src/aggregate/kept.c src/aggregate/kept.h \
	src/aggregate/line.c src/aggregate/line.h \
	src/aggregate/operations.h \
	src/aggregate/partition.c src/aggregate/partition.h \
	src/aggregate/pipeline.c src/aggregate/pipeline.h \
	src/aggregate/ranking.c src/aggregate/ranking.h \
	src/aggregate/sorted_input.c src/aggregate/sorted_input.h \
	src/aggregate/source.c src/aggregate/source.h \
	src/aggregate/spec_fields.c src/aggregate/spec_fields.h \
	src/aggregate/stage.h \
	src/aggregate/stage_add_fields.c \
	src/aggregate/stage_bounds.c \
	src/aggregate/stage_bucket.c \
	src/aggregate/stage_bucket_auto.c \
	src/aggregate/stage_coll_stats.c \
	src/aggregate/stage_count.c \
	src/aggregate/stage_current_op.c \
	src/aggregate/stage_densify.c \
	src/aggregate/stage_documents.c \
	src/aggregate/stage_facet.c \
	src/aggregate/stage_fill.c \
	src/aggregate/stage_graph_lookup.c \
	src/aggregate/stage_group.c \
	src/aggregate/stage_index_stats.c \
	src/aggregate/stage_internal_fill.c \
	src/aggregate/stage_internal_set_window_fields.c \
	src/aggregate/stage_lookup.c \
	src/aggregate/stage_match.c \
	src/aggregate/stage_merge.c \
	src/aggregate/stage_out.c \
	src/aggregate/stage_plan_cache_stats.c \
	src/aggregate/stage_project.c \
	src/aggregate/stage_query_settings.c \
	src/aggregate/stage_redact.c \
	src/aggregate/stage_replace_root.c \
	src/aggregate/stage_sample.c \
	src/aggregate/stage_set_window_fields.c \
	src/aggregate/stage_sort.c \
	src/aggregate/stage_sort_by_count.c \
	src/aggregate/stage_union_with.c \
	src/aggregate/stage_unset.c \
	src/aggregate/stage_unwind.c \
	src/aggregate/stages.def \
	src/aggregate/transforming.c src/aggregate/transforming.h \
	src/aggregate/views.c src/aggregate/views.h \
	src/aggregate/window.c src/aggregate/window.h \
	src/aggregate/window_accumulate.c \
	src/aggregate/window_frame.c \
	src/aggregate/window_order.c \
	src/aggregate/window_slope.c \
	src/aggregate/windows.def \
	src/aggregate/writing.c src/aggregate/writing.h
