#include "commands/collation.h"

#include "commands/args.h"

struct collation_fields {
	struct view locale, case_first, alternate, max_variable, version;
	struct arg_bool case_level, numeric_ordering, normalization, backwards;
	struct arg_int strength;
};

#define AT(member) offsetof(struct collation_fields, member)

static const struct field table[] = {
    {"locale", FIELD_STR, FIELD_REQUIRED, AT(locale), "The language, or \"simple\"."},
    {"caseLevel", FIELD_BOOL, 0, AT(case_level), "Case counts at strength 1 and 2 too."},
    {"caseFirst", FIELD_STR, 0, AT(case_first), "\"upper\", \"lower\" or \"off\"."},
    {"strength", FIELD_INT, FIELD_TRUNCATE, AT(strength), "How many levels count, 1 to 5."},
    {"numericOrdering", FIELD_BOOL, 0, AT(numeric_ordering), "Digits count as numbers."},
    {"alternate", FIELD_STR, 0, AT(alternate), "\"non-ignorable\" or \"shifted\"."},
    {"maxVariable", FIELD_STR, 0, AT(max_variable), "\"punct\" or \"space\"."},
    {"normalization", FIELD_BOOL, 0, AT(normalization), "Text is normalised first."},
    {"backwards", FIELD_BOOL, FIELD_NOT_NULL, AT(backwards), "Accents count from the end."},
    {"version", FIELD_STR, 0, AT(version), "Of the rules."},
    {NULL},
};

/* Of the rules that MongoDB 8 has. */
#define COLLATION_VERSION "57.1"

/* The locales of MongoDB's manual ("Supported Languages and Locales"), sorted by bytes. */
static const char *const locales[] = {"af", "am", "ar", "as", "az", "be", "bg", "bn", "bo",
    "bs", "bs_Cyrl", "ca", "chr", "cs", "cy", "da", "de", "de_AT", "dsb", "dz", "ee", "el",
    "en", "en_US", "en_US_POSIX", "eo", "es", "et", "fa", "fa_AF", "fi", "fi_FI", "fil", "fo",
    "fr", "fr_CA", "ga", "gl", "gu", "ha", "haw", "he", "hi", "hr", "hsb", "hu", "hy", "id",
    "ig", "is", "it", "ja", "ka", "kk", "kl", "km", "kn", "ko", "kok", "ky", "lb", "lkt", "ln",
    "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "mt", "my", "nb", "ne", "nl", "nn", "om",
    "or", "pa", "pl", "ps", "pt", "ro", "ru", "se", "si", "sk", "sl", "smn", "sq", "sr",
    "sr_Latn", "sv", "sw", "ta", "te", "th", "to", "tr", "ug", "uk", "ur", "vi", "wae", "yi",
    "yo", "zh", "zh_Hant", "zu"};

static const char *const case_firsts[] = {"lower", "off", "upper"};
static const char *const alternates[] = {"non-ignorable", "shifted"};
static const char *const max_variables[] = {"punct", "space"};

static bool is_one_of(struct view v, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (view_equal(v, view_of_str(words[i])))
			return true;
	return false;
}

static int check_word(
    const char *name, struct view v, const char *const *words, size_t n, struct status *st)
{
	if (!v.data || is_one_of(v, words, n))
		return 0;
	return status_set(st, ERR_BAD_VALUE, "'%.*s' is no valid value of collation.%s",
	    (int)MIN_OF(v.len, 300), (const char *)v.data, name);
}

static int check_version(struct view v, struct status *st)
{
	if (!v.data || view_equal(v, view_of_str(COLLATION_VERSION)))
		return 0;
	return status_set(st, ERR_INCOMPATIBLE_COLLATION_VERSION,
	    "collation version '%.*s' is not available, only " COLLATION_VERSION " is",
	    (int)MIN_OF(v.len, 300), (const char *)v.data);
}

static int check_words(const struct collation_fields *f, struct status *st)
{
	int err =
	    check_word("caseFirst", f->case_first, case_firsts, ARRAY_LEN(case_firsts), st);

	if (!err)
		err = check_word(
		    "alternate", f->alternate, alternates, ARRAY_LEN(alternates), st);
	if (!err)
		err = check_word("maxVariable", f->max_variable, max_variables,
		    ARRAY_LEN(max_variables), st);
	return err ? err : check_version(f->version, st);
}

/* What goes not together. */
static int check_options(const struct collation_fields *f, struct status *st)
{
	int64_t strength = f->strength.given ? f->strength.v : 3;
	bool case_first = f->case_first.data && !view_equal(f->case_first, view_of_str("off"));

	if (strength < 1 || strength > 5)
		return status_set(st, ERR_BAD_VALUE,
		    "collation.strength has to be from 1 to 5, not %lld", (long long)strength);
	if (case_first && !f->case_level.v && strength < 3)
		return status_set(st, ERR_BAD_VALUE,
		    "collation.caseFirst needs caseLevel or a strength above 2");
	if (f->backwards.v && strength == 1)
		return status_set(
		    st, ERR_BAD_VALUE, "collation.backwards needs a strength above 1");
	return 0;
}

int collation_validate(struct view doc, bool *simple, struct status *st)
{
	struct collation_fields f = {.locale = {0}};
	int err = fields_decode(table, doc, &f, "collation", false, st);

	*simple = false;
	if (!err)
		err = check_words(&f, st);
	if (!err)
		err = check_options(&f, st);
	if (err)
		return err;
	if (view_equal(f.locale, view_of_str("simple"))) {
		if (doc_count(doc) != 1)
			return status_set(
			    st, ERR_BAD_VALUE, "the simple collation takes no other options");
		*simple = true;
		return 0;
	}
	return check_word("locale", f.locale, locales, ARRAY_LEN(locales), st);
}

int collation_not_supported(struct status *st)
{
	return status_set(
	    st, ERR_NOT_IMPLEMENTED, "collation: only {locale: \"simple\"} is supported yet");
}
