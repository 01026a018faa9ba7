#include "expr/collation.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unicode/ucol.h>
#include <unicode/ustring.h>
#include <unicode/uversion.h>

#include "bson/builder.h"
#include "bson/decimal.h"
#include "expr/collation_locale.h"

/* About what ICU allocates for a collator of one's own; the locale's data is shared. */
#define ICU_COLLATOR_BYTES 2048
/* Longer than any that is known. */
#define LOCALE_NAME_MAX 64

struct collation {
	struct collator collator;
	_Atomic int refs; /* the arenas that hold it */
	UCollator *icu;
	struct view document; /* its own */
	/* maxVariable: space ignores U+0020 and its like, but U+00A0 not: in MongoDB that
	 * is punctuation */
	bool no_break_space_counts;
};

static const struct collation *collation_of(const struct collator *c)
{
	return container_of(c, const struct collation, collator);
}

/* ---- strings ---- */

/* Appends the key of n UTF-16 units, without the NUL at its end. */
static void append_key(const UCollator *icu, const UChar *units, int32_t n, struct buf *out)
{
	size_t room = (size_t)n * 2 + 16;
	int32_t len;

	for (;;) {
		if (!buf_reserve(out, room))
			return;
		len = ucol_getSortKey(icu, units, n, out->data + out->len, (int32_t)room);
		if ((size_t)len <= room)
			break;
		room = (size_t)len;
	}
	out->failed |= len == 0;
	out->len += len ? (size_t)len - 1 : 0;
}

/* The noncharacter that weighs less than all else. */
static void keep_no_break_spaces(UChar *units, int32_t n)
{
	for (int32_t i = 0; i < n; i++)
		if (units[i] == 0xA0)
			units[i] = 0xFFFE;
}

static void sort_key(const struct collator *collator, struct view s, struct buf *out)
{
	const struct collation *c = collation_of(collator);
	UErrorCode err = U_ZERO_ERROR;
	UChar few[256], *units = few;
	int32_t room = ARRAY_LEN(few), n = 0;
	struct buf many;

	buf_init(&many, out->account);
	if (s.len > ARRAY_LEN(few)) {
		/* no byte becomes more than one unit */
		units = (UChar *)buf_extend(&many, s.len * sizeof(UChar));
		room = (int32_t)s.len;
	}
	if (units)
		u_strFromUTF8WithSub(
		    units, room, &n, (const char *)s.data, (int32_t)s.len, 0xFFFD, NULL, &err);
	if (units && c->no_break_space_counts)
		keep_no_break_spaces(units, n);
	if (units && U_SUCCESS(err))
		append_key(c->icu, units, n, out);
	else
		out->failed = true;
	buf_clear(&many);
}

/* Is s ASCII without control characters, and Latin letters from U+00C0 to U+017F? */
static bool is_plain(struct view s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t byte = s.data[i];

		if (byte >= 0x20 && byte <= 0x7E)
			continue;
		if (byte < 0xC3 || byte > 0xC5 || ++i == s.len || (s.data[i] & 0xC0) != 0x80)
			return false;
	}
	return true;
}

static int compare_plain(const struct collation *c, struct view a, struct view b)
{
	UErrorCode err = U_ZERO_ERROR;
	UCollationResult r = ucol_strcollUTF8(c->icu, (const char *)a.data, (int32_t)a.len,
	    (const char *)b.data, (int32_t)b.len, &err);

	/* only for want of memory */
	return U_SUCCESS(err) ? (int)r : view_compare(a, b);
}

static int compare_keys(const struct collator *c, struct view a, struct view b)
{
	struct buf key_a, key_b;
	int r;

	buf_init(&key_a, NULL);
	buf_init(&key_b, NULL);
	sort_key(c, a, &key_a);
	sort_key(c, b, &key_b);
	if (key_a.failed || key_b.failed)
		r = view_compare(a, b);
	else
		r = view_compare(buf_view(&key_a), buf_view(&key_b));
	buf_clear(&key_a);
	buf_clear(&key_b);
	return r;
}

/*
 * ICU's comparison skips what two strings begin with alike and has tables of its
 * own for Latin text, and so does not always say what the keys say (combining
 * marks behind control characters, digits of several scripts, spaces other than
 * U+0020 with maxVariable).  An order has to be one, whether it comes from an
 * index or not: where the two could differ, the keys decide.
 */
static int compare(const struct collator *c, struct view a, struct view b)
{
	if (view_equal(a, b))
		return 0;
	if (is_plain(a) && is_plain(b))
		return compare_plain(collation_of(c), a, b);
	return compare_keys(c, a, b);
}

/* ---- options ---- */

enum option_kind { OPTION_STRING, OPTION_BOOL, OPTION_STRENGTH, OPTION_WORD };

/* A word and the number that stands for it in ICU; ends with word NULL. */
struct word {
	const char *word;
	int number;
};

static const struct word case_first_words[] = {
    {"upper", UCOL_UPPER_FIRST}, {"lower", UCOL_LOWER_FIRST}, {"off", UCOL_OFF}, {NULL}};
static const struct word alternate_words[] = {
    {"non-ignorable", UCOL_NON_IGNORABLE}, {"shifted", UCOL_SHIFTED}, {NULL}};
static const struct word max_variable_words[] = {
    {"punct", UCOL_REORDER_CODE_PUNCTUATION}, {"space", UCOL_REORDER_CODE_SPACE}, {NULL}};

/* In the order in which documents show them. */
enum {
	LOCALE,
	CASE_LEVEL,
	CASE_FIRST,
	STRENGTH,
	NUMERIC_ORDERING,
	ALTERNATE,
	MAX_VARIABLE,
	NORMALIZATION,
	BACKWARDS,
	VERSION,
	N_OPTIONS
};

static const struct option {
	const char *name;
	enum option_kind kind;
	const struct word *words; /* OPTION_WORD */
	UColAttribute attribute; /* of those that are one: not locale, maxVariable, version */
} options[N_OPTIONS] = {
    [LOCALE] = {"locale", OPTION_STRING},
    [CASE_LEVEL] = {"caseLevel", OPTION_BOOL, NULL, UCOL_CASE_LEVEL},
    [CASE_FIRST] = {"caseFirst", OPTION_WORD, case_first_words, UCOL_CASE_FIRST},
    [STRENGTH] = {"strength", OPTION_STRENGTH, NULL, UCOL_STRENGTH},
    [NUMERIC_ORDERING] = {"numericOrdering", OPTION_BOOL, NULL, UCOL_NUMERIC_COLLATION},
    [ALTERNATE] = {"alternate", OPTION_WORD, alternate_words, UCOL_ALTERNATE_HANDLING},
    [MAX_VARIABLE] = {"maxVariable", OPTION_WORD, max_variable_words},
    [NORMALIZATION] = {"normalization", OPTION_BOOL, NULL, UCOL_NORMALIZATION_MODE},
    [BACKWARDS] = {"backwards", OPTION_BOOL, NULL, UCOL_FRENCH_COLLATION},
    [VERSION] = {"version", OPTION_STRING},
};

struct parser {
	uint32_t seen; /* bit i: options[i] stands in the document, null or not */
	uint32_t given; /* and with a value */
	int numbers[N_OPTIONS]; /* as ICU has them */
	struct view locale, version;
};

static int strength_number(int i)
{
	return i == 5 ? UCOL_IDENTICAL : UCOL_PRIMARY + i - 1;
}

static int number_strength(int number)
{
	return number == UCOL_IDENTICAL ? 5 : number - UCOL_PRIMARY + 1;
}

/* To the nearest whole number, halves to the even one. */
static int64_t round_decimal(struct decimal d)
{
	struct decimal half, rest;
	int64_t i = decimal_to_i64_clamped(d);
	int c;

	if (i < 0 || i > 5) /* far from any strength */
		return i;
	half = decimal_divide(decimal_from_i64(1), decimal_from_i64(2));
	rest = decimal_subtract(d, decimal_from_i64(i));
	c = decimal_compare(rest, half);
	return i + (c > 0 || (c == 0 && i % 2));
}

static int parse_strength(struct value v, int *number, struct status *st)
{
	int64_t i;

	if (v.type == TYPE_DECIMAL128)
		i = round_decimal(decimal_read(v.data));
	else if (!value_to_i64_clamped(v, &i))
		return status_set(st, ERR_TYPE_MISMATCH,
		    "BSON field 'collation.strength' is the wrong type '%s', "
		    "expected a number",
		    type_name(v.type));
	if (i < 1 || i > 5)
		return status_set(st, ERR_BAD_VALUE,
		    "BSON field 'collation.strength' must be from 1 to 5, not %lld",
		    (long long)i);
	*number = strength_number((int)i);
	return 0;
}

static int parse_word(const struct option *o, struct view text, int *number, struct status *st)
{
	for (const struct word *w = o->words; w->word; w++) {
		if (view_equal(text, view_of_str(w->word))) {
			*number = w->number;
			return 0;
		}
	}
	return status_set(st, ERR_BAD_VALUE, "BSON field 'collation.%s' cannot be '%.*s'",
	    o->name, (int)MIN_OF(text.len, 100), (const char *)text.data);
}

static int parse_value(struct parser *p, int i, struct value v, struct status *st)
{
	const struct option *o = &options[i];
	uint8_t wanted = o->kind == OPTION_BOOL ? TYPE_BOOL : TYPE_STRING;

	if (o->kind == OPTION_STRENGTH)
		return parse_strength(v, &p->numbers[i], st);
	if (v.type != wanted)
		return status_set(st, ERR_TYPE_MISMATCH,
		    "BSON field 'collation.%s' is the wrong type '%s', expected type '%s'",
		    o->name, type_name(v.type), type_name(wanted));
	if (o->kind == OPTION_WORD)
		return parse_word(o, value_str(v), &p->numbers[i], st);
	if (o->kind == OPTION_BOOL)
		p->numbers[i] = value_bool(v) ? UCOL_ON : UCOL_OFF;
	else if (i == LOCALE)
		p->locale = value_str(v);
	else
		p->version = value_str(v);
	return 0;
}

static int parse_element(struct parser *p, const struct element *e, struct status *st)
{
	uint8_t type = e->value.type;
	int i;

	for (i = 0; i < N_OPTIONS && strcmp(options[i].name, e->name) != 0; i++)
		;
	if (i == N_OPTIONS)
		return status_set(st, ERR_UNKNOWN_FIELD,
		    "BSON field 'collation.%s' is an unknown field.", e->name);
	if (p->seen & 1u << i)
		return status_set(st, ERR_DUPLICATE_FIELD,
		    "BSON field 'collation.%s' is there twice", e->name);
	p->seen |= 1u << i;
	/* MongoDB takes null for a field that is left out, but not here. */
	if ((type == TYPE_NULL || type == TYPE_UNDEFINED) && i != BACKWARDS)
		return 0;
	p->given |= 1u << i;
	return parse_value(p, i, e->value, st);
}

static int parse_document(struct parser *p, struct view doc, struct status *st)
{
	struct doc_iter it = doc_iter(doc);
	struct element e;
	int err;

	while (doc_next(&it, &e)) {
		err = parse_element(p, &e, st);
		if (err)
			return err;
	}
	if (!(p->given & 1u << LOCALE))
		return status_set(st, ERR_MISSING_FIELD,
		    "BSON field 'collation.locale' is missing but a required field");
	return 0;
}

/* ---- collators ---- */

/* What is given is set, what is not is what the locale says. */
static UErrorCode settle_options(UCollator *icu, struct parser *p)
{
	UErrorCode err = U_ZERO_ERROR;

	if (p->given & 1u << MAX_VARIABLE)
		ucol_setMaxVariable(icu, (UColReorderCode)p->numbers[MAX_VARIABLE], &err);
	else
		p->numbers[MAX_VARIABLE] = ucol_getMaxVariable(icu);
	for (int i = 0; i < N_OPTIONS; i++) {
		UColAttribute attribute = options[i].attribute;

		if (i == LOCALE || i == MAX_VARIABLE || i == VERSION)
			continue;
		if (p->given & 1u << i)
			ucol_setAttribute(
			    icu, attribute, (UColAttributeValue)p->numbers[i], &err);
		else
			p->numbers[i] = ucol_getAttribute(icu, attribute, &err);
	}
	return err;
}

/* MongoDB refuses what would have no effect, even where the locale is what says it. */
static int check_options(const struct parser *p, struct status *st)
{
	int strength = number_strength(p->numbers[STRENGTH]);

	if (p->numbers[CASE_FIRST] != UCOL_OFF && p->numbers[CASE_LEVEL] == UCOL_OFF &&
	    strength < 3)
		return status_set(st, ERR_BAD_VALUE,
		    "a collation's caseFirst needs caseLevel or a strength of 3 at least");
	if (p->numbers[BACKWARDS] == UCOL_ON && strength < 2)
		return status_set(st, ERR_BAD_VALUE,
		    "a collation's backwards needs a strength of 2 at least");
	return 0;
}

static const char *word_of(const struct word *w, int number)
{
	while (w[1].word && w->number != number)
		w++;
	return w->word;
}

static bool format_document(const struct parser *p, struct view *out)
{
	struct builder b;
	struct buf buf;

	buf_init(&buf, NULL);
	builder_init(&b, &buf);
	builder_str_n(&b, "locale", (const char *)p->locale.data, p->locale.len);
	for (int i = LOCALE + 1; i < VERSION; i++) {
		const struct option *o = &options[i];

		if (o->kind == OPTION_BOOL)
			builder_bool(&b, o->name, p->numbers[i] == UCOL_ON);
		else if (o->kind == OPTION_STRENGTH)
			builder_i32(&b, o->name, number_strength(p->numbers[i]));
		else
			builder_str(&b, o->name, word_of(o->words, p->numbers[i]));
	}
	builder_str(&b, "version", COLLATION_VERSION);
	builder_finish(&b);
	if (builder_failed(&b)) {
		buf_clear(&buf);
		return false;
	}
	*out = buf_view(&buf); /* taken over */
	return true;
}

static void unref(struct collation *c)
{
	if (atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	if (c->icu)
		ucol_close(c->icu);
	free((void *)(uintptr_t)c->document.data);
	free(c);
}

/* One arena's hold on a collation. */
struct hold {
	struct collation *collation;
	struct memory_account *account;
};

static void let_go(void *arg)
{
	struct hold *h = arg;

	if (h->account)
		memory_release(h->account, ICU_COLLATOR_BYTES);
	unref(h->collation);
}

/* Takes one reference over, whether it works or not. */
static bool hold(struct collation *c, struct arena *a)
{
	struct hold *h = arena_new(a, struct hold);

	if (h && (!a->account || memory_charge(a->account, ICU_COLLATOR_BYTES))) {
		*h = (struct hold){c, a->account};
		if (arena_defer(a, let_go, h))
			return true;
		if (a->account)
			memory_release(a->account, ICU_COLLATOR_BYTES);
	}
	unref(c);
	return false;
}

bool collation_share(const struct collator *collator, struct arena *a)
{
	struct collation *c;

	if (!collator)
		return true;
	c = (struct collation *)(uintptr_t)collation_of(collator);
	atomic_fetch_add(&c->refs, 1);
	return hold(c, a);
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a collation");
}

/* With one reference, which is the caller's. */
static int open_collation(const struct parser *p, struct collation **out, struct status *st)
{
	struct collation *c = calloc(1, sizeof(*c));
	UErrorCode err = U_ZERO_ERROR;
	char locale[LOCALE_NAME_MAX];

	if (!c)
		return no_memory(st);
	c->refs = 1;
	c->collator.compare = compare;
	c->collator.sort_key = sort_key;
	memcpy(locale, p->locale.data, p->locale.len);
	locale[p->locale.len] = 0;
	c->icu = ucol_open(locale, &err);
	if (!c->icu) {
		unref(c);
		return no_memory(st);
	}
	*out = c;
	return 0;
}

static int check_names(const struct parser *p, struct status *st)
{
	if (p->given & 1u << VERSION && !view_equal(p->version, view_of_str(COLLATION_VERSION)))
		return status_set(st, ERR_INCOMPATIBLE_COLLATION_VERSION,
		    "collations of version '%.*s' are not known, only of version '%s'",
		    (int)MIN_OF(p->version.len, 100), (const char *)p->version.data,
		    COLLATION_VERSION);
	if (!collation_locale_known(p->locale))
		return status_set(st, ERR_BAD_VALUE,
		    "BSON field 'collation.locale' is '%.*s', which is no known locale",
		    (int)MIN_OF(p->locale.len, 100), (const char *)p->locale.data);
	return 0;
}

static int finish_collation(struct collation *c, struct parser *p, struct status *st)
{
	UErrorCode icu_err = settle_options(c->icu, p);
	int err;

	if (U_FAILURE(icu_err))
		return status_set(st, ERR_INTERNAL_ERROR,
		    "ICU refuses a collation's options: %s", u_errorName(icu_err));
	err = check_options(p, st);
	if (err)
		return err;
	c->no_break_space_counts = p->numbers[ALTERNATE] == UCOL_SHIFTED &&
				   p->numbers[MAX_VARIABLE] == UCOL_REORDER_CODE_SPACE;
	return format_document(p, &c->document) ? 0 : no_memory(st);
}

int collation_parse(
    struct view doc, struct arena *a, const struct collator **out, struct status *st)
{
	struct parser p = {0};
	struct collation *c = NULL;
	int err = parse_document(&p, doc, st);

	*out = NULL;
	if (err || view_equal(p.locale, view_of_str("simple")))
		return err;
	err = check_names(&p, st);
	if (!err)
		err = open_collation(&p, &c, st);
	if (err)
		return err;
	err = finish_collation(c, &p, st);
	if (err) {
		unref(c);
		return err;
	}
	if (!hold(c, a))
		return no_memory(st);
	*out = &c->collator;
	return 0;
}

struct view collation_document(const struct collator *c)
{
	static const uint8_t simple[] = "\x18\0\0\0\x02locale\0\x07\0\0\0simple\0";

	return c ? collation_of(c)->document : view_of(simple, sizeof(simple));
}

bool collation_equal(const struct collator *a, const struct collator *b)
{
	return a == b || view_equal(collation_document(a), collation_document(b));
}

const char *collation_icu_version(void)
{
	/* the library at hand is of this version's major: its symbols have that in their names */
	return U_ICU_VERSION;
}
