/*
 * text/stop_words.h - the words of each language that say too little to be looked for.
 *
 * Each list has a blank in front of and behind every word, in lower case.
 *
 * Threads: constants.
 */
#ifndef TEXT_STOP_WORDS_H
#define TEXT_STOP_WORDS_H

extern const char stop_words_danish[], stop_words_dutch[], stop_words_english[],
    stop_words_finnish[], stop_words_french[], stop_words_german[], stop_words_hungarian[],
    stop_words_italian[], stop_words_norwegian[], stop_words_portuguese[],
    stop_words_romanian[], stop_words_russian[], stop_words_spanish[], stop_words_swedish[],
    stop_words_turkish[];

#endif
