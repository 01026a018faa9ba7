#include "util/timezone.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unicode/ucal.h>
#include <unicode/uenum.h>

#include "util/util.h"

#define DAY_MS	 INT64_C(86400000)
#define CYCLE_MS (146097 * DAY_MS) /* 400 years, after which the calendar repeats */

/* The database has no transition before the first, and no rule that changes after the
 * last, which is at least a whole cycle after the newest rule of its beginning. */
#define FIRST_MS (-5000 * INT64_C(1000000000))
#define LAST_MS	 (INT64_C(2114380800000) + CYCLE_MS) /* 2037-01-01, and a cycle */

enum { NAME_MAX_BYTES = 48 };

struct transition {
	int64_t at_ms;
	int64_t offset_ms; /* from then on */
};

struct timezone_rules {
	int n;
	struct transition transitions[]; /* the first is before all times */
};

struct zone_name {
	char name[NAME_MAX_BYTES];
	_Atomic(struct timezone_rules *) rules; /* NULL: nobody has asked for it yet */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone_name *names; /* in order */
static int n_names;

/* ---- names */

/* ICU knows these too, and the database does not. */
static bool is_of_icu(const char *name)
{
	static const char *const own[] = {"ACT", "AET", "AGT", "ART", "AST", "BET", "BST",
	    "CAT", "CNT", "CST", "CTT", "EAT", "ECT", "IET", "IST", "JST", "MIT", "NET", "NST",
	    "PLT", "PNT", "PRT", "PST", "SST", "VST", "Etc/Unknown"};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(own[i], name) == 0)
			return true;
	return strncmp(name, "SystemV/", 8) == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct zone_name *)a)->name, ((const struct zone_name *)b)->name);
}

static void read_names(void)
{
	UErrorCode e = U_ZERO_ERROR;
	UEnumeration *all = ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_ANY, NULL, NULL, &e);
	int32_t n = all ? uenum_count(all, &e) : 0, len;
	const char *name;

	names = calloc((size_t)n + 1, sizeof(*names));
	while (names && n_names < n && (name = uenum_next(all, &len, &e)) != NULL)
		if (len < NAME_MAX_BYTES && !is_of_icu(name))
			memcpy(names[n_names++].name, name, (size_t)len);
	if (names)
		qsort(names, (size_t)n_names, sizeof(*names), compare_names);
	uenum_close(all);
}

/* ---- rules */

static int64_t offset_now(const UCalendar *c, UErrorCode *e)
{
	return (int64_t)ucal_get(c, UCAL_ZONE_OFFSET, e) + ucal_get(c, UCAL_DST_OFFSET, e);
}

/* With room for one more. */
static struct timezone_rules *grow(struct timezone_rules *z)
{
	int n = z ? z->n : 0;
	struct timezone_rules *grown;

	if (n & (n - 1))
		return z;
	grown = realloc(z, sizeof(*z) + sizeof(struct transition) * (size_t)(n ? 2 * n : 1));
	if (!grown)
		free(z);
	else if (!z)
		grown->n = 0;
	return grown;
}

static struct timezone_rules *read_transitions(UCalendar *c, UErrorCode *e)
{
	struct timezone_rules *z = NULL;
	UDate at = (UDate)FIRST_MS;
	int64_t offset;

	do {
		z = grow(z);
		if (!z)
			return NULL;
		ucal_setMillis(c, at, e);
		offset = offset_now(c, e);
		z->transitions[z->n++] = (struct transition){(int64_t)at, offset};
	} while (ucal_getTimeZoneTransitionDate(c, UCAL_TZ_TRANSITION_NEXT, &at, e) &&
		 U_SUCCESS(*e) && at < (UDate)(LAST_MS + DAY_MS));
	return z;
}

static struct timezone_rules *read_rules(const char *name)
{
	UErrorCode e = U_ZERO_ERROR;
	UChar id[NAME_MAX_BYTES];
	struct timezone_rules *z;
	UCalendar *c;

	u_charsToUChars(name, id, (int32_t)strlen(name) + 1);
	c = ucal_open(id, -1, "en_US", UCAL_GREGORIAN, &e);
	if (!c)
		return NULL;
	z = read_transitions(c, &e);
	ucal_close(c);
	if (U_SUCCESS(e))
		return z;
	free(z);
	return NULL;
}

enum timezone_found timezone_find(struct view name, const struct timezone_rules **out)
{
	struct zone_name key = {{0}}, *found;
	struct timezone_rules *rules;

	pthread_once(&once, read_names);
	if (name.len >= NAME_MAX_BYTES || memchr(name.data, 0, name.len))
		return TIMEZONE_UNKNOWN;
	memcpy(key.name, name.data, name.len);
	if (!names)
		return TIMEZONE_NO_MEMORY;
	found = bsearch(&key, names, (size_t)n_names, sizeof(*names), compare_names);
	if (!found)
		return TIMEZONE_UNKNOWN;
	rules = atomic_load_explicit(&found->rules, memory_order_acquire);
	if (!rules) {
		pthread_mutex_lock(&lock);
		rules = atomic_load(&found->rules);
		if (!rules) {
			rules = read_rules(found->name);
			atomic_store_explicit(&found->rules, rules, memory_order_release);
		}
		pthread_mutex_unlock(&lock);
	}
	*out = rules;
	return rules ? TIMEZONE_FOUND : TIMEZONE_NO_MEMORY;
}

/* ---- times */

int64_t timezone_offset(const struct timezone_rules *z, int64_t ms)
{
	int low = 0, high = z->n;

	if (ms >= LAST_MS)
		ms -= (ms - LAST_MS + CYCLE_MS) / CYCLE_MS * CYCLE_MS;
	while (high - low > 1) {
		int middle = (low + high) / 2;

		*(z->transitions[middle].at_ms <= ms ? &low : &high) = middle;
	}
	return z->transitions[low].offset_ms;
}

int64_t timezone_offset_of_local(const struct timezone_rules *z, int64_t local_ms)
{
	int64_t before, after;

	local_ms = MAX_OF(local_ms, INT64_MIN + 2 * DAY_MS);
	local_ms = MIN_OF(local_ms, INT64_MAX - 2 * DAY_MS);
	before = timezone_offset(z, local_ms - DAY_MS);
	after = timezone_offset(z, local_ms + DAY_MS);
	if (before == after)
		return before;
	if (timezone_offset(z, local_ms - before) == before)
		return before;
	return timezone_offset(z, local_ms - after) == after ? after : before;
}
