libdolmen_a_SOURCES += \
	src/expr/match.c src/expr/match.h \
	src/expr/match_array.c \
	src/expr/match_bits.c \
	src/expr/match_compare.c \
	src/expr/match_logic.c \
	src/expr/match_op.h \
	src/expr/match_parse.c \
	src/expr/match_regex.c \
	src/expr/match_table.c \
	src/expr/match_type.c \
	src/expr/regex.c src/expr/regex.h
