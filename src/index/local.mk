libdolmen_a_SOURCES +=
