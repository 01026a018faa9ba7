#include "expr/collation_locale.h"

static const struct locale {
	const char *name;
	const char *variants[5]; /* name@collation=variant; NULL ends them */
} locales[] = {
    {"af"},
    {"am"},
    {"ar", {"compat"}},
    {"as"},
    {"az", {"search"}},
    {"be"},
    {"bg"},
    {"bn", {"traditional"}},
    {"bo"},
    {"bs", {"search"}},
    {"bs_Cyrl"},
    {"ca", {"search"}},
    {"chr"},
    {"cs", {"search"}},
    {"cy"},
    {"da", {"search"}},
    {"de", {"search", "eor", "phonebook"}},
    {"de_AT", {"phonebook"}},
    {"dsb"},
    {"dz"},
    {"ee"},
    {"el"},
    {"en"},
    {"en_US"},
    {"en_US_POSIX"},
    {"eo"},
    {"es", {"search", "traditional"}},
    {"et"},
    {"fa"},
    {"fa_AF"},
    {"fi", {"search", "traditional"}},
    {"fil"},
    {"fo", {"search"}},
    {"fr"},
    {"fr_CA"},
    {"ga"},
    {"gl", {"search"}},
    {"gu"},
    {"ha"},
    {"haw"},
    {"he", {"search"}},
    {"hi"},
    {"hr", {"search"}},
    {"hsb"},
    {"hu"},
    {"hy"},
    {"id"},
    {"ig"},
    {"is", {"search"}},
    {"it"},
    {"ja", {"unihan"}},
    {"ka"},
    {"kk"},
    {"kl", {"search"}},
    {"km"},
    {"kn", {"traditional"}},
    {"ko", {"search", "searchjl", "unihan"}},
    {"kok"},
    {"ky"},
    {"lb"},
    {"lkt"},
    {"ln", {"phonetic"}},
    {"lo"},
    {"lt"},
    {"lv"},
    {"mk"},
    {"ml"},
    {"mn"},
    {"mr"},
    {"ms"},
    {"mt"},
    {"my"},
    {"nb", {"search"}},
    {"ne"},
    {"nl"},
    {"nn", {"search"}},
    {"om"},
    {"or"},
    {"pa"},
    {"pl"},
    {"ps"},
    {"pt"},
    {"ro"},
    {"ru"},
    {"se", {"search"}},
    {"si", {"dictionary"}},
    {"sk", {"search"}},
    {"sl"},
    {"smn", {"search"}},
    {"sq"},
    {"sr"},
    {"sr_Latn", {"search"}},
    {"sv", {"search"}},
    {"sw"},
    {"ta"},
    {"te"},
    {"th"},
    {"to"},
    {"tr", {"search"}},
    {"ug"},
    {"uk"},
    {"ur"},
    {"vi", {"traditional"}},
    {"wae"},
    {"yi", {"search"}},
    {"yo"},
    {"zh", {"big5han", "gb2312han", "unihan", "zhuyin"}},
    {"zh_Hant"},
    {"zu"},
};

static bool has_variant(const struct locale *l, struct view variant)
{
	for (size_t i = 0; i < ARRAY_LEN(l->variants) && l->variants[i]; i++)
		if (view_equal(variant, view_of_str(l->variants[i])))
			return true;
	return false;
}

bool collation_locale_known(struct view locale)
{
	static const char keyword[] = "@collation=";

	for (size_t i = 0; i < ARRAY_LEN(locales); i++) {
		size_t len = strlen(locales[i].name), variant = len + strlen(keyword);

		if (locale.len < len || memcmp(locale.data, locales[i].name, len) != 0)
			continue;
		if (locale.len == len)
			return true;
		if (locale.len > variant &&
		    !memcmp(locale.data + len, keyword, strlen(keyword)))
			return has_variant(
			    &locales[i], view_of(locale.data + variant, locale.len - variant));
	}
	return false;
}
