#include "util/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define MOST_LINE   4096
#define HELP_INDENT 8
#define HELP_WIDTH  80

static int count_options(const struct option_def *table)
{
	int n = 0;

	while (table[n].name)
		n++;
	return n;
}

static int find_name(const struct options *o, const char *name, size_t len)
{
	for (int i = 0; i < o->count; i++)
		if (strlen(o->table[i].name) == len && !memcmp(o->table[i].name, name, len))
			return i;
	return -1;
}

static int find_letter(const struct options *o, char letter)
{
	for (int i = 0; i < o->count; i++)
		if (o->table[i].letter && o->table[i].letter == letter)
			return i;
	return -1;
}

static bool parse_integer(const char *s, int64_t *out, const char **end)
{
	char *stop;

	if (!isdigit((unsigned char)s[0]) && s[0] != '-')
		return false;
	errno = 0;
	*out = strtoll(s, &stop, 10);
	*end = stop;
	return errno == 0 && stop != s;
}

bool options_parse_bytes(const char *s, int64_t *out)
{
	static const char units[] = "KMGT";
	const char *end, *unit;
	int64_t n;

	if (!parse_integer(s, &n, &end))
		return false;
	if (*end) {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit || end[1])
			return false;
		if (__builtin_mul_overflow(n, (int64_t)1 << 10 * (unit - units + 1), &n))
			return false;
	}
	*out = n;
	return true;
}

static bool parse_truth(const char *s, int64_t *out)
{
	static const char *const words[][2] = {
	    {"false", "true"}, {"no", "yes"}, {"off", "on"}, {"0", "1"}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		for (int truth = 0; truth < 2; truth++) {
			if (!strcmp(s, words[i][truth])) {
				*out = truth;
				return true;
			}
		}
	}
	return false;
}

/* Which of "a|b|c" s is, or -1. */
static int find_choice(const char *choices, const char *s)
{
	size_t len = strlen(s);

	for (int i = 0;; i++) {
		size_t n = strcspn(choices, "|");

		if (n == len && !memcmp(choices, s, n))
			return i;
		if (!choices[n])
			return -1;
		choices += n + 1;
	}
}

static int bad_number(const struct option_def *def, const char *s, struct status *st)
{
	return status_set(st, ERR_INVALID_OPTIONS,
	    "%s takes a number%s from %lld to %lld, not '%s'", def->name,
	    def->kind == OPTION_BYTES ? " of bytes (K, M, G and T may follow it)" : "",
	    (long long)def->least, (long long)def->most, s);
}

static int parse_value(
    const struct option_def *def, const char *s, int64_t *out, struct status *st)
{
	const char *end;

	switch (def->kind) {
	case OPTION_FLAG:
		if (!parse_truth(s, out))
			return status_set(st, ERR_INVALID_OPTIONS,
			    "%s is either true or false, not '%s'", def->name, s);
		return 0;
	case OPTION_INT:
		if (!parse_integer(s, out, &end) || *end || *out < def->least ||
		    *out > def->most)
			return bad_number(def, s, st);
		return 0;
	case OPTION_BYTES:
		if (!options_parse_bytes(s, out) || *out < def->least || *out > def->most)
			return bad_number(def, s, st);
		return 0;
	case OPTION_CHOICE:
		*out = find_choice(def->value_name, s);
		if (*out < 0)
			return status_set(st, ERR_INVALID_OPTIONS, "%s is one of %s, not '%s'",
			    def->name, def->value_name, s);
		return 0;
	case OPTION_STR:
		if (!*s)
			return status_set(
			    st, ERR_INVALID_OPTIONS, "%s needs a value", def->name);
		if ((def->flags & OPTION_PAIRS) && (*s == '=' || !strchr(s, '=')))
			return status_set(st, ERR_INVALID_OPTIONS,
			    "%s takes NAME=VALUE, not '%s'", def->name, s);
		return 0;
	}
	return 0;
}

static void append_value(
    struct options *o, struct option_value *v, const char *s, bool in_front, int at)
{
	const char **all = arena_new_array(&o->arena, (size_t)v->n_all + 1, const char *);

	if (!all)
		return; /* the arena's failure is looked at in the end */
	if (!in_front)
		at = v->n_all;
	for (int i = 0, n = 0; i <= v->n_all; i++)
		all[i] = i == at ? s : v->all[n++];
	v->all = all;
	v->n_all++;
}

/* From the command line, or from the file when the command line is silent. */
static int set_value(struct options *o, int i, const char *s, enum option_source source,
    int file_position, struct status *st)
{
	const struct option_def *def = &o->table[i];
	struct option_value *v = &o->values[i];
	int64_t number = 0;
	int err = parse_value(def, s, &number, st);

	if (err)
		return err;
	s = arena_strdup(&o->arena, s);
	if (def->flags & OPTION_REPEATED)
		append_value(o, v, s, source == OPTION_FROM_FILE, file_position);
	if (v->source > source)
		return 0;
	v->source = source;
	v->number = number;
	v->str = s;
	return 0;
}

static int set_defaults(struct options *o, struct status *st)
{
	for (int i = 0; i < o->count; i++) {
		struct option_value *v = &o->values[i];
		const char *s = o->table[i].fallback;
		int err;

		if (!s)
			continue;
		err = parse_value(&o->table[i], s, &v->number, st);
		if (err)
			return err;
		v->str = s;
	}
	return 0;
}

/* --name, --name=value, --name value; argv[*at] is the first of its words. */
static int parse_long(struct options *o, int *at, struct status *st)
{
	const char *word = o->argv[*at] + 2;
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	int i = find_name(o, word, len);

	if (i < 0)
		return status_set(
		    st, ERR_INVALID_OPTIONS, "there is no option --%.*s", (int)len, word);
	if (!value && o->table[i].kind == OPTION_FLAG)
		value = "true";
	if (!value && *at + 1 < o->argc)
		value = o->argv[++*at];
	if (!value)
		return status_set(
		    st, ERR_INVALID_OPTIONS, "--%s needs a value", o->table[i].name);
	return set_value(o, i, value, OPTION_FROM_LINE, 0, st);
}

/* -x, -xVALUE, -x VALUE; flags may stand together. */
static int parse_short(struct options *o, int *at, struct status *st)
{
	for (const char *s = o->argv[*at] + 1; *s; s++) {
		int i = find_letter(o, *s), err;
		const char *value = s + 1;

		if (i < 0)
			return status_set(
			    st, ERR_INVALID_OPTIONS, "there is no option -%c", *s);
		if (o->table[i].kind == OPTION_FLAG) {
			err = set_value(o, i, "true", OPTION_FROM_LINE, 0, st);
			if (err)
				return err;
			continue;
		}
		if (!*value && *at + 1 < o->argc)
			value = o->argv[++*at];
		if (!*value)
			return status_set(st, ERR_INVALID_OPTIONS, "-%c needs a value", *s);
		return set_value(o, i, value, OPTION_FROM_LINE, 0, st);
	}
	return 0;
}

static int parse_line(struct options *o, int first, struct status *st)
{
	for (int at = first; at < o->argc; at++) {
		const char *word = o->argv[at];
		int err;

		if (word[0] == '-' && word[1] == '-' && word[2])
			err = parse_long(o, &at, st);
		else if (word[0] == '-' && word[1] && word[1] != '-')
			err = parse_short(o, &at, st);
		else
			err =
			    status_set(st, ERR_INVALID_OPTIONS, "'%s' is not an option", word);
		if (err)
			return err;
	}
	return 0;
}

static char *trim(char *s)
{
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	len = strlen(s);
	while (len && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
	return s;
}

static int parse_file_line(struct options *o, char *line, int *positions, struct status *st)
{
	char *equals, *name, *value;
	int i;

	line = trim(line);
	if (!*line || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return status_set(
		    st, ERR_INVALID_OPTIONS, "'%s' is not of the form name = value", line);
	*equals = '\0';
	name = trim(line);
	value = trim(equals + 1);
	i = find_name(o, name, strlen(name));
	if (i < 0)
		return status_set(st, ERR_INVALID_OPTIONS, "there is no option '%s'", name);
	if (o->table[i].flags & OPTION_LINE_ONLY)
		return status_set(
		    st, ERR_INVALID_OPTIONS, "%s can only be given on the command line", name);
	return set_value(o, i, value, OPTION_FROM_FILE, positions[i]++, st);
}

static int parse_file(struct options *o, const char *path, struct status *st)
{
	int *positions = arena_new_array(&o->arena, (size_t)o->count, int);
	FILE *f = fopen(path, "re");
	char line[MOST_LINE];
	int err = 0, number = 0;

	if (!f)
		return status_set(st, ERR_INVALID_OPTIONS,
		    "cannot read the configuration file %s: %s", path, strerror(errno));
	while (positions && !err && fgets(line, sizeof(line), f)) {
		number++;
		if (strlen(line) == sizeof(line) - 1)
			err = status_set(st, ERR_INVALID_OPTIONS, "the line is too long");
		else
			err = parse_file_line(o, line, positions, st);
	}
	if (!err && ferror(f))
		err = status_set(st, ERR_INVALID_OPTIONS,
		    "cannot read the configuration file: %s", strerror(errno));
	if (err)
		status_prefix(st, "%s:%d", path, number);
	fclose(f);
	return err;
}

int options_parse(struct options *o, const struct option_def *table, int argc,
    const char *const *argv, int first, struct status *st)
{
	int err;

	*o = (struct options){.table = table, .argc = argc, .argv = argv};
	arena_init(&o->arena, NULL);
	o->count = count_options(table);
	o->values = arena_new_array(&o->arena, (size_t)o->count, struct option_value);
	if (!o->values)
		return status_set(st, ERR_INVALID_OPTIONS, "there is no memory");
	err = set_defaults(o, st);
	if (!err)
		err = parse_line(o, first, st);
	for (int i = 0; !err && i < o->count; i++)
		if ((table[i].flags & OPTION_IS_FILE) && o->values[i].str)
			err = parse_file(o, o->values[i].str, st);
	if (!err && arena_failed(&o->arena))
		err = status_set(st, ERR_INVALID_OPTIONS, "there is no memory");
	return err;
}

void options_clear(struct options *o)
{
	arena_clear(&o->arena);
	o->values = NULL;
}

const struct option_value *options_get(const struct options *o, const char *name)
{
	int i = find_name(o, name, strlen(name));

	assert(i >= 0);
	return &o->values[i];
}

int64_t options_number(const struct options *o, const char *name)
{
	return options_get(o, name)->number;
}

bool options_flag(const struct options *o, const char *name)
{
	return options_get(o, name)->number != 0;
}

const char *options_str(const struct options *o, const char *name)
{
	return options_get(o, name)->str;
}

/* Breaks text at spaces; each line begins after indent columns. */
static void print_wrapped(FILE *to, const char *text, int indent)
{
	int column = 0;

	while (*text) {
		int n = (int)strcspn(text, " ");

		if (column && column + 1 + n > HELP_WIDTH) {
			fputc('\n', to);
			column = 0;
		}
		if (!column)
			column = fprintf(to, "%*s%.*s", indent, "", n, text);
		else
			column += fprintf(to, " %.*s", n, text);
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', to);
}

static void print_default(FILE *to, const struct option_def *def)
{
	if (def->fallback && def->kind != OPTION_FLAG)
		fprintf(to, " [%s]", def->fallback);
}

void options_print_help(FILE *to, const struct option_def *table)
{
	for (const struct option_def *def = table; def->name; def++) {
		if (def->group)
			fprintf(to, "%s%s:\n", def == table ? "" : "\n", def->group);
		fputs("  ", to);
		if (def->letter)
			fprintf(to, "-%c, ", def->letter);
		fprintf(to, "--%s", def->name);
		if (def->kind != OPTION_FLAG)
			fprintf(to, " %s", def->value_name);
		print_default(to, def);
		fputc('\n', to);
		print_wrapped(to, def->help, HELP_INDENT);
	}
}

/* Dashes and backslashes as troff wants them. */
static void print_troff(FILE *to, const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", to);
	for (; *s; s++) {
		if (*s == '-')
			fputs("\\-", to);
		else if (*s == '\\')
			fputs("\\e", to);
		else
			fputc(*s, to);
	}
}

void options_print_man(FILE *to, const struct option_def *table)
{
	for (const struct option_def *def = table; def->name; def++) {
		if (def->group)
			fprintf(to, ".SS %s\n", def->group);
		fputs(".TP\n\\fB", to);
		if (def->letter)
			fprintf(to, "\\-%c\\fR, \\fB", def->letter);
		fputs("\\-\\-", to);
		print_troff(to, def->name);
		fputs("\\fR", to);
		if (def->kind != OPTION_FLAG) {
			fputs(" \\fI", to);
			print_troff(to, def->value_name);
			fputs("\\fR", to);
		}
		fputc('\n', to);
		print_troff(to, def->help);
		if (def->fallback && def->kind != OPTION_FLAG) {
			fputs("\nDefault: ", to);
			print_troff(to, def->fallback);
			fputc('.', to);
		}
		fputc('\n', to);
	}
}
