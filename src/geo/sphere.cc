#include "geo/sphere.h"

#include <s2/s2cap.h>
#include <s2/s2cell.h>
#include <s2/s2cell_union.h>
#include <s2/s2debug.h>
#include <s2/s2edge_distances.h>
#include <s2/s2error.h>
#include <s2/s2latlng.h>
#include <s2/s2loop.h>
#include <s2/s2polygon.h>
#include <s2/s2polyline.h>
#include <s2/s2region_coverer.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct sphere {
	std::vector<S2Point> points;
	std::vector<std::unique_ptr<S2Polyline>> lines;
	std::vector<std::unique_ptr<S2Polygon>> polygons;
	std::vector<S2Cap> caps;
	std::string why; /* of the last refusal */
};

namespace
{

const char no_memory[] = "there is no memory for the shape";

/* Where S2 runs out of memory it throws, and C has no place for that. */
template <typename F, typename R> R guarded(R otherwise, F f) noexcept
{
	try {
		return f();
	} catch (...) {
		return otherwise;
	}
}

const char *refuse(sphere *s, std::string why)
{
	s->why = std::move(why);
	return s->why.c_str();
}

S2Point at(geo_point p)
{
	return S2LatLng::FromDegrees(p.y, p.x).ToPoint();
}

/* Without points that follow themselves; false: one is no place. */
bool gather(const geo_point *points, size_t n, std::vector<S2Point> *out)
{
	for (size_t i = 0; i < n; i++) {
		if (!sphere_has(points[i]))
			return false;
		S2Point p = at(points[i]);
		if (out->empty() || out->back() != p)
			out->push_back(p);
	}
	return true;
}

const char out_of_bounds[] = "a longitude is from -180 to 180, a latitude from -90 to 90";

std::unique_ptr<S2Loop> make_loop(sphere *s, const geo_ring &ring, const char **why)
{
	std::vector<S2Point> v;

	*why = nullptr;
	if (ring.n < 4)
		*why = "a ring needs at least 4 points";
	else if (ring.points[0].x != ring.points[ring.n - 1].x ||
		 ring.points[0].y != ring.points[ring.n - 1].y)
		*why = "a ring ends where it begins";
	else if (!gather(ring.points, ring.n, &v))
		*why = out_of_bounds;
	if (*why)
		return nullptr;
	while (v.size() > 1 && v.front() == v.back())
		v.pop_back();
	if (v.size() < 3) {
		*why = "a ring needs at least 3 different points";
		return nullptr;
	}
	auto loop = std::make_unique<S2Loop>(v, S2Debug::DISABLE);
	S2Error error;
	if (loop->FindValidationError(&error)) {
		*why = refuse(s, "a ring is not valid: " + std::string(error.text()));
		return nullptr;
	}
	return loop;
}

const char *add_polygon(sphere *s, const geo_ring *rings, size_t n, bool winding)
{
	std::vector<std::unique_ptr<S2Loop>> loops;
	const char *why;

	if (n == 0)
		return "a polygon needs a ring";
	if (winding && n > 1)
		return "a polygon with strict winding has one ring";
	for (size_t i = 0; i < n; i++) {
		auto loop = make_loop(s, rings[i], &why);
		if (!loop)
			return why;
		if (!winding)
			loop->Normalize();
		if (i > 0 && !loops[0]->Contains(*loop))
			return "a hole lies inside of the first ring";
		loops.push_back(std::move(loop));
	}
	auto polygon = std::make_unique<S2Polygon>();
	polygon->set_s2debug_override(S2Debug::DISABLE);
	if (winding)
		polygon->Init(std::move(loops[0]));
	else
		polygon->InitNested(std::move(loops));
	S2Error error;
	if (polygon->FindValidationError(&error))
		return refuse(s, "the polygon is not valid: " + std::string(error.text()));
	s->polygons.push_back(std::move(polygon));
	return nullptr;
}

const char *add_line(sphere *s, const geo_point *points, size_t n)
{
	std::vector<S2Point> v;

	if (!gather(points, n, &v))
		return out_of_bounds;
	if (v.size() < 2)
		return "a line needs at least 2 different points";
	auto line = std::make_unique<S2Polyline>(v, S2Debug::DISABLE);
	S2Error error;
	if (line->FindValidationError(&error))
		return refuse(s, "the line is not valid: " + std::string(error.text()));
	s->lines.push_back(std::move(line));
	return nullptr;
}

double distance_to(const S2Polyline &line, const S2Point &p)
{
	double least = std::numeric_limits<double>::infinity();

	for (int i = 1; i < line.num_vertices(); i++)
		least = std::fmin(
		    least, S2::GetDistance(p, line.vertex(i - 1), line.vertex(i)).radians());
	return least;
}

double distance_of(const sphere &s, const S2Point &p)
{
	double least = std::numeric_limits<double>::infinity();

	for (const S2Point &q : s.points)
		least = std::fmin(least, q.Angle(p));
	for (const auto &line : s.lines)
		least = std::fmin(least, distance_to(*line, p));
	for (const auto &polygon : s.polygons)
		least = std::fmin(least, polygon->GetDistance(p).radians());
	return least;
}

/* A polygon's part, whole in region's. */
template <typename T> bool polygons_contain(const sphere &region, const T &part)
{
	for (const auto &polygon : region.polygons)
		if (polygon->Contains(part))
			return true;
	return false;
}

/* As near to the other pole of the cap as that is outside it: then nothing leaves the cap. */
bool cap_contains(const S2Cap &cap, double from_antipode)
{
	double radius = cap.GetRadius().radians();

	return cap.is_full() || (!cap.is_empty() && from_antipode >= M_PI - radius);
}

bool caps_contain(const sphere &region, const S2Polyline &line)
{
	for (const S2Cap &cap : region.caps)
		if (cap_contains(cap, distance_to(line, -cap.center())))
			return true;
	return false;
}

bool caps_contain(const sphere &region, const S2Polygon &polygon)
{
	for (const S2Cap &cap : region.caps)
		if (cap_contains(cap, polygon.GetDistance(-cap.center()).radians()))
			return true;
	return false;
}

bool contains_point(const sphere &region, const S2Point &p)
{
	if (polygons_contain(region, p))
		return true;
	for (const S2Cap &cap : region.caps)
		if (cap.Contains(p))
			return true;
	return false;
}

bool contains(const sphere &region, const sphere &what)
{
	for (const S2Point &p : what.points)
		if (!contains_point(region, p))
			return false;
	for (const auto &line : what.lines)
		if (!polygons_contain(region, *line) && !caps_contain(region, *line))
			return false;
	for (const auto &polygon : what.polygons)
		if (!polygons_contain(region, *polygon) && !caps_contain(region, *polygon))
			return false;
	return !what.points.empty() || !what.lines.empty() || !what.polygons.empty();
}

/* A point is as large as the smallest cell, so that it may lie on a line. */
bool meets_point(const sphere &s, const S2Point &p)
{
	S2Cell cell(p);

	for (const S2Point &q : s.points)
		if (cell.Contains(q))
			return true;
	for (const auto &line : s.lines)
		if (line->MayIntersect(cell))
			return true;
	for (const auto &polygon : s.polygons)
		if (polygon->MayIntersect(cell))
			return true;
	return false;
}

bool meets_line(const sphere &s, const S2Polyline &l)
{
	for (const auto &line : s.lines)
		if (line->Intersects(l))
			return true;
	for (const auto &polygon : s.polygons)
		if (polygon->Intersects(l))
			return true;
	return false;
}

bool meets_polygon(const sphere &s, const S2Polygon &p)
{
	for (const auto &line : s.lines)
		if (p.Intersects(*line))
			return true;
	for (const auto &polygon : s.polygons)
		if (polygon->Intersects(p))
			return true;
	return false;
}

bool intersects(const sphere &a, const sphere &b)
{
	for (const S2Point &p : b.points)
		if (meets_point(a, p))
			return true;
	for (const S2Point &p : a.points)
		if (meets_point(b, p))
			return true;
	for (const auto &line : b.lines)
		if (meets_line(a, *line))
			return true;
	for (const auto &polygon : b.polygons)
		if (meets_polygon(a, *polygon))
			return true;
	return false;
}

/* What rounding may come to, and more: a point of a query meets points beside it. */
const double a_little = 1e-8;

/* How many cells cover a part at most, about, and the smallest of areas and lines. */
const int cells_of_part = 20;
const int finest_level = 23;

void cover(const S2Region &region, std::vector<S2CellId> *out)
{
	S2RegionCoverer::Options options;
	std::vector<S2CellId> cells;

	options.set_max_cells(cells_of_part);
	options.set_max_level(finest_level);
	S2RegionCoverer(options).GetCovering(region, &cells);
	out->insert(out->end(), cells.begin(), cells.end());
}

std::vector<S2CellId> cells_of(const sphere &s, bool of_query)
{
	std::vector<S2CellId> out;

	for (const S2Point &p : s.points) {
		if (of_query)
			cover(S2Cap(p, S1Angle::Radians(a_little)), &out);
		else
			out.push_back(S2CellId(p));
	}
	for (const auto &line : s.lines)
		cover(*line, &out);
	for (const auto &polygon : s.polygons)
		cover(*polygon, &out);
	for (const S2Cap &cap : s.caps)
		cover(cap.Expanded(S1Angle::Radians(a_little)), &out);
	S2CellUnion::Normalize(&out);
	return out;
}

template <typename T> T *copy_of(const std::vector<T> &v, size_t *n)
{
	T *out = static_cast<T *>(std::malloc((v.size() + 1) * sizeof(T)));

	*n = v.size();
	for (size_t i = 0; out && i < v.size(); i++)
		out[i] = v[i];
	return out;
}

int64_t number_of(S2CellId id)
{
	return static_cast<int64_t>(id.id());
}

int64_t *document_cells(const sphere &s, size_t *n)
{
	std::vector<int64_t> out;

	for (S2CellId id : cells_of(s, false))
		out.push_back(number_of(id));
	return copy_of(out, n);
}

cell_range *query_ranges(const sphere &s, size_t *n)
{
	std::vector<cell_range> out;

	for (S2CellId id : cells_of(s, true)) {
		out.push_back({number_of(id.range_min()), number_of(id.range_max())});
		for (int level = id.level() - 1; level >= 0; level--) {
			int64_t around = number_of(id.parent(level));
			out.push_back({around, around});
		}
	}
	return copy_of(out, n);
}

} // namespace

struct sphere *sphere_new(void)
{
	return guarded(static_cast<sphere *>(nullptr), [] { return new sphere(); });
}

void sphere_free(void *s)
{
	delete static_cast<sphere *>(s);
}

bool sphere_has(struct geo_point p)
{
	/* Written so that a NaN is none. */
	return p.x >= -180 && p.x <= 180 && p.y >= -90 && p.y <= 90;
}

const char *sphere_add_point(struct sphere *s, struct geo_point p)
{
	if (!sphere_has(p))
		return out_of_bounds;
	return guarded(no_memory, [&]() -> const char * {
		s->points.push_back(at(p));
		return nullptr;
	});
}

const char *sphere_add_line(struct sphere *s, const struct geo_point *points, size_t n)
{
	return guarded(no_memory, [&] { return add_line(s, points, n); });
}

const char *sphere_add_polygon(
    struct sphere *s, const struct geo_ring *rings, size_t n, bool winding)
{
	return guarded(no_memory, [&] { return add_polygon(s, rings, n, winding); });
}

const char *sphere_add_cap(struct sphere *s, struct geo_point center, double radius)
{
	if (!sphere_has(center))
		return out_of_bounds;
	if (!(radius >= 0))
		return "a radius is not negative";
	return guarded(no_memory, [&]() -> const char * {
		s->caps.push_back(radius >= M_PI ? S2Cap::Full()
						 : S2Cap(at(center), S1Angle::Radians(radius)));
		return nullptr;
	});
}

bool sphere_has_area(const struct sphere *s)
{
	return !s->polygons.empty() || !s->caps.empty();
}

bool sphere_contains_point(const struct sphere *region, struct geo_point p)
{
	if (!sphere_has(p))
		return false;
	return guarded(false, [&] { return contains_point(*region, at(p)); });
}

bool sphere_contains(const struct sphere *region, const struct sphere *what)
{
	return guarded(false, [&] { return contains(*region, *what); });
}

bool sphere_intersects(const struct sphere *a, const struct sphere *b)
{
	return guarded(false, [&] { return intersects(*a, *b); });
}

double sphere_distance(const struct sphere *s, struct geo_point from)
{
	return guarded(
	    std::numeric_limits<double>::infinity(), [&] { return distance_of(*s, at(from)); });
}

double sphere_point_distance(struct geo_point a, struct geo_point b)
{
	return at(a).Angle(at(b));
}

int64_t *sphere_cells(const struct sphere *s, size_t *n)
{
	return guarded(static_cast<int64_t *>(nullptr), [&] { return document_cells(*s, n); });
}

struct cell_range *sphere_ranges(const struct sphere *s, size_t *n)
{
	return guarded(static_cast<cell_range *>(nullptr), [&] { return query_ranges(*s, n); });
}
