#!/usr/bin/python3
"""Makes decimal_vectors.txt: arithmetic on decimal128 as Python's decimal module has it, which is not the library that is
tested.  The same numbers each time:

    tests/unit/bson/decimal_vectors.py > tests/unit/bson/decimal_vectors.txt
"""
import decimal
import random

CONTEXT = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-6143, Emax=6144, clamp=1, traps=[])
SPECIAL = ["0", "-0", "0E-6176", "0E+6111", "1", "-1", "1.0", "10", "0.1", "1E-6176", "-1E-6176", "1E+6144",
           "9.999999999999999999999999999999999E+6144", "-9.999999999999999999999999999999999E+6144", "1E-6143",
           "9999999999999999999999999999999999", "5E-6176", "NaN", "Infinity", "-Infinity", "9007199254740993",
           "9223372036854775807", "0.3333333333333333333333333333333333"]


def number(r):
    if r.random() < 0.15:
        return r.choice(SPECIAL)
    digits = r.choice([1, 2, 5, 17, 33, 34])
    exponent = r.choice([r.randint(-5, 5), r.randint(-40, 40), r.randint(-6176, 6111)])
    coefficient = r.randint(0, 10 ** digits - 1)
    if r.random() < 0.2:
        coefficient = 10 ** r.randint(0, digits - 1) * r.randint(1, 9)
    return f"{r.choice(['', '-'])}{coefficient}E{exponent:+d}"


def near(r, text):
    """Something that nearly cancels, or is a multiple."""
    d = decimal.Decimal(text)
    if not d.is_finite() or r.random() < 0.7:
        return number(r)
    return str(CONTEXT.multiply(d, decimal.Decimal(r.choice(["1", "-1", "3", "0.1", "1.000000000000000000000000000000001"]))))


def modulo(a, b):
    result = CONTEXT.remainder(a, b)
    # Where the quotient has too many digits Python gives up, IEEE 754 does not.
    return None if result.is_nan() and a.is_finite() and b.is_finite() and b else result


OPERATIONS = {"add": CONTEXT.add, "subtract": CONTEXT.subtract, "multiply": CONTEXT.multiply, "divide": CONTEXT.divide,
              "modulo": modulo}


def main():
    r = random.Random(128)
    for _ in range(500):
        for name, operation in OPERATIONS.items():
            a = CONTEXT.create_decimal(number(r))
            b = CONTEXT.create_decimal(near(r, str(a)))
            result = operation(a, b)
            if result is not None:
                print(name, a, b, "NaN" if result.is_nan() else result)
    for _ in range(300):
        a, b = (CONTEXT.create_decimal(number(r)) for _ in range(2))
        if not a.is_nan() and not b.is_nan():
            print("compare", a, b, int(CONTEXT.compare(a, b)))
    for _ in range(300):
        # more digits than there is room for
        digits = "".join(r.choice("0123456789") for _ in range(r.randint(30, 60)))
        text = f"{r.choice(['', '-'])}{digits[:1]}.{digits[1:]}E{r.choice([0, 5, -5, 6143, -6150, -6170, -6200]):+d}"
        print("parse", text, "-", CONTEXT.create_decimal(text))


main()
