/*
 * bson/number_sum.h - sums of many numbers.
 *
 * Integers are added exactly in 128 bits; doubles with the error of each
 * addition carried along (Neumaier), so that the order hardly matters; a
 * decimal makes it decimal.  Everything that is no number is passed over.
 *
 * And how far they lie from their average, and whether two go together.
 *
 * Threads: pure; a sum belongs to one caller.
 */
#ifndef BSON_NUMBER_SUM_H
#define BSON_NUMBER_SUM_H

#include "bson/decimal.h"

/* Zeroed before the first add. */
struct number_sum {
	__int128 integers;
	double sum, carry;
	struct decimal decimals;
	bool has_decimal;
	int64_t n, int64s, doubles; /* so many numbers, and of these kinds */
};

void number_sum_add(struct number_sum *s, struct value v);
/* Takes back one that has been added.  False, and nothing has changed, where no sum without it
 * can be told from one with it: of decimals, and of what is not finite. */
MUST_CHECK bool number_sum_remove(struct number_sum *s, struct value v);
/* Integers count as doubles: the average as an expression, as in MongoDB. */
void number_sum_add_as_double(struct number_sum *s, struct value v);
/* In a; data is NULL without memory.  An int where nothing larger came and it fits. */
struct value number_sum_total(const struct number_sum *s, struct arena *a);
/* Missing where no number has come. */
struct value number_sum_average(const struct number_sum *s, struct arena *a);

/* Zeroed before the first add. */
struct number_spread {
	double mean, squares;
	int64_t n;
};

/* Welford's way: no difference of large squares. */
void number_spread_add(struct number_spread *s, struct value v);
/* Takes back one that has been added; false, and nothing has changed, where that cannot be. */
MUST_CHECK bool number_spread_remove(struct number_spread *s, struct value v);
/* The standard deviation, of a sample or of all there are.  False where too few have come. */
MUST_CHECK bool number_spread_deviation(
    const struct number_spread *s, bool of_sample, double *out);

/*
 * How pairs of numbers go together; decimal from the first decimal on.  As in MongoDB averages
 * are of running sums, which may overflow where the numbers alone do not.  Zeroed before the
 * first add.
 */
struct number_covariance {
	struct number_sum x, y;
	double products;
	struct decimal decimal_products;
	bool has_decimal;
	int64_t n;
};

/* Pairs that are not two numbers are passed over. */
void number_covariance_add(struct number_covariance *c, struct value x, struct value y);
/* Takes back a pair that has been added; false, and nothing has changed, where that cannot be. */
MUST_CHECK bool number_covariance_remove(
    struct number_covariance *c, struct value x, struct value y);
/* Of a sample or of all there are, in a; missing where too few have come.  A double 0 of one. */
struct value number_covariance_make(
    const struct number_covariance *c, bool of_sample, struct arena *a);

#endif
