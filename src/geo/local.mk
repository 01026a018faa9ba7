libdolmen_a_SOURCES += \
	src/geo/flat.c src/geo/flat.h \
	src/geo/geojson.c src/geo/geojson.h \
	src/geo/grid.c src/geo/grid.h

# S2's containers have another layout under the address sanitizer than in the library as it
# is installed; so what includes its headers goes without.
noinst_LIBRARIES += libsphere.a
libsphere_a_SOURCES = src/geo/sphere.cc src/geo/sphere.h
libsphere_a_CXXFLAGS = $(AM_CXXFLAGS) -fno-sanitize=address
