/*
 * expr/collation_locale.h - the locales that collations can have.
 *
 * Threads: pure.
 */
#ifndef EXPR_COLLATION_LOCALE_H
#define EXPR_COLLATION_LOCALE_H

#include "util/view.h"

/* "de", "fr_CA", "de@collation=phonebook": those of MongoDB's manual ("Collation
 * Locales and Default Parameters"), exactly as they are written there. */
bool collation_locale_known(struct view locale);

#endif
