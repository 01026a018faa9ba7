#include "text/language.h"

#include <strings.h>

#include "text/stop_words.h"

/* clang-format off */
static const struct text_language languages[] = {
    {"none", "none"},
    {"english", "en", "english", stop_words_english, .apostrophes = true},
    {"danish", "da", "danish", stop_words_danish},
    {"dutch", "nl", "dutch", stop_words_dutch},
    {"finnish", "fi", "finnish", stop_words_finnish},
    {"french", "fr", "french", stop_words_french},
    {"german", "de", "german", stop_words_german},
    {"hungarian", "hu", "hungarian", stop_words_hungarian},
    {"italian", "it", "italian", stop_words_italian},
    {"norwegian", "nb", "norwegian", stop_words_norwegian},
    {"portuguese", "pt", "portuguese", stop_words_portuguese},
    {"romanian", "ro", "romanian", stop_words_romanian},
    {"russian", "ru", "russian", stop_words_russian},
    {"spanish", "es", "spanish", stop_words_spanish},
    {"swedish", "sv", "swedish", stop_words_swedish},
    {"turkish", "tr", "turkish", stop_words_turkish, .dotless = true},
};
/* clang-format on */

const struct text_language *const text_language_default = &languages[1];

static bool is_named(struct view name, const char *known)
{
	return name.len == strlen(known) &&
	       strncasecmp((const char *)name.data, known, name.len) == 0;
}

const struct text_language *text_language_find(struct view name)
{
	for (size_t i = 0; i < ARRAY_LEN(languages); i++)
		if (name.len &&
		    (is_named(name, languages[i].name) || is_named(name, languages[i].code)))
			return &languages[i];
	return NULL;
}
