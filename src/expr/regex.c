#include "expr/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>

/* MongoDB's own bound on a pattern's length. */
#define PATTERN_MAX 16384
/* Steps of one search (PCRE2's default) and KiB of its heap. */
#define MATCH_LIMIT 10000000
#define HEAP_LIMIT  (64 * 1024)

struct regex {
	pcre2_code *code;
	struct memory_account *account;
	size_t charged;
};

/* A thread's scratch space: only whether there is a match is asked, so one pair is enough. */
struct scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
};

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local struct scratch scratch;

static void free_scratch(void *arg)
{
	struct scratch *s = arg;

	pcre2_match_data_free(s->data);
	pcre2_match_context_free(s->context);
	*s = (struct scratch){0};
}

static void make_key(void)
{
	if (pthread_key_create(&scratch_key, free_scratch) != 0)
		scratch_key = (pthread_key_t)-1;
}

static bool have_scratch(void)
{
	if (scratch.data)
		return true;
	pthread_once(&scratch_once, make_key);
	scratch.data = pcre2_match_data_create(1, NULL);
	scratch.context = pcre2_match_context_create(NULL);
	if (!scratch.data || !scratch.context || scratch_key == (pthread_key_t)-1 ||
	    pthread_setspecific(scratch_key, &scratch) != 0) {
		free_scratch(&scratch);
		return false;
	}
	pcre2_set_match_limit(scratch.context, MATCH_LIMIT);
	pcre2_set_heap_limit(scratch.context, HEAP_LIMIT);
	return true;
}

static void free_regex(void *arg)
{
	struct regex *r = arg;

	pcre2_code_free(r->code);
	if (r->account)
		memory_release(r->account, r->charged);
}

static int parse_options(struct view options, uint32_t *flags, struct status *st)
{
	*flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	for (size_t i = 0; i < options.len; i++) {
		switch (options.data[i]) {
		case 'i':
			*flags |= PCRE2_CASELESS;
			break;
		case 'm':
			*flags |= PCRE2_MULTILINE;
			break;
		case 's':
			*flags |= PCRE2_DOTALL;
			break;
		case 'x':
			*flags |= PCRE2_EXTENDED;
			break;
		case 'u': /* always */
			break;
		default:
			return status_set(st, ERR_REGEX_FLAG,
			    "a regular expression has no option \"%c\"", options.data[i]);
		}
	}
	return 0;
}

static bool charge(struct regex *r, struct arena *a)
{
	size_t code = 0, jit = 0;

	pcre2_pattern_info(r->code, PCRE2_INFO_SIZE, &code);
	pcre2_pattern_info(r->code, PCRE2_INFO_JITSIZE, &jit);
	if (a->account && !memory_charge(a->account, code + jit))
		return false;
	r->account = a->account;
	r->charged = code + jit;
	return true;
}

int regex_compile(struct view pattern, struct view options, struct arena *a, struct regex **out,
    struct status *st)
{
	struct regex *r = arena_new(a, struct regex);
	PCRE2_UCHAR words[256];
	PCRE2_SIZE at;
	uint32_t flags;
	int code;

	code = parse_options(options, &flags, st);
	if (code)
		return code;
	if (pattern.len > PATTERN_MAX)
		return status_set(st, ERR_REGEX_INVALID,
		    "a regular expression is longer than %d bytes", PATTERN_MAX);
	if (!r)
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a regular expression");
	r->code = pcre2_compile(pattern.data, pattern.len, flags, &code, &at, NULL);
	if (!r->code) {
		pcre2_get_error_message(code, words, sizeof(words));
		return status_set(st, ERR_REGEX_INVALID,
		    "a regular expression is invalid at offset %zu: %s", (size_t)at,
		    (const char *)words);
	}
	/* Where there is no JIT for a pattern it is interpreted. */
	pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	if (!charge(r, a) || !arena_defer(a, free_regex, r)) {
		free_regex(r);
		return status_set(
		    st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a regular expression");
	}
	*out = r;
	return 0;
}

static int no_memory(struct status *st)
{
	return status_set(st, ERR_EXCEEDED_MEMORY_LIMIT, "no memory for a regular expression");
}

static int search(const struct regex *r, struct view subject, size_t from,
    pcre2_match_data *data, bool *found, struct status *st)
{
	int n =
	    pcre2_match(r->code, subject.data, subject.len, from, 0, data, scratch.context);

	if (n == PCRE2_ERROR_JIT_STACKLIMIT)
		n = pcre2_match(r->code, subject.data, subject.len, from, PCRE2_NO_JIT, data,
		    scratch.context);
	*found = n >= 0;
	if (n >= 0 || n == PCRE2_ERROR_NOMATCH)
		return 0;
	return status_set(st, ERR_REGEX_FAILED,
	    "a regular expression could not be matched to the end: PCRE2's result is %d", n);
}

int regex_matches(const struct regex *r, struct view subject, bool *found, struct status *st)
{
	*found = false;
	if (!have_scratch())
		return no_memory(st);
	return search(r, subject, 0, scratch.data, found, st);
}

int regex_groups(const struct regex *r)
{
	uint32_t n = 0;

	pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &n);
	return (int)n;
}

int regex_find(const struct regex *r, struct view subject, size_t from,
    struct regex_span *spans, bool *found, struct status *st)
{
	int n = regex_groups(r) + 1, code;
	pcre2_match_data *data;
	PCRE2_SIZE *ends;

	*found = false;
	if (!have_scratch())
		return no_memory(st);
	data = pcre2_match_data_create((uint32_t)n, NULL);
	if (!data)
		return no_memory(st);
	code = search(r, subject, from, data, found, st);
	ends = pcre2_get_ovector_pointer(data);
	for (int i = 0; *found && i < n; i++)
		spans[i] = (struct regex_span){ends[2 * i], ends[2 * i + 1]};
	pcre2_match_data_free(data);
	return code;
}
