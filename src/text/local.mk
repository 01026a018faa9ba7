libdolmen_a_SOURCES += \
	src/text/language.c src/text/language.h \
	src/text/search.c src/text/search.h \
	src/text/scores.c src/text/scores.h \
	src/text/spec.c src/text/spec.h \
	src/text/stop_words.c src/text/stop_words.h \
	src/text/terms.c src/text/terms.h
EXTRA_DIST += doc/text.md
