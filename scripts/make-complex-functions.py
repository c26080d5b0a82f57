#!/usr/bin/env python3
"""Writes src/core/test/resources/numerics/complex-functions.txt: what functions of complex numbers are, for ComplexElementwiseContract.

Special values are NumPy's (the C library's, by C99's Annex G) but where it says that NumPy rounds or overflows in between; ordinary values are mpmath's.
A sign that C99 leaves open is marked by ~. Needs numpy and mpmath.
"""
import sys

import mpmath as mp
import numpy as np

mp.mp.prec = 1200
np.seterr(all="ignore")
inf, nan = float("inf"), float("nan")
TINY, HUGE = 1e-300, 1e300
special = [0.0, -0.0, 1.0, -1.0, 0.5, inf, -inf, nan, TINY, HUGE]

NUMPY = {
    "square": np.square, "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "sign": np.sign, "reciprocal": np.reciprocal, "rsqrt": None, "expm1": None, "log1p": None, "sigmoid": None,
}
EXACT = {
    "square": lambda z: z * z, "sqrt": mp.sqrt, "exp": mp.exp, "log": mp.log, "sin": mp.sin, "cos": mp.cos, "tan": mp.tan,
    "asin": mp.asin, "acos": mp.acos, "atan": mp.atan, "sinh": mp.sinh, "cosh": mp.cosh, "tanh": mp.tanh,
    "asinh": mp.asinh, "acosh": mp.acosh, "atanh": mp.atanh,
    "sign": lambda z: z / abs(z), "reciprocal": lambda z: 1 / z, "rsqrt": lambda z: 1 / mp.sqrt(z),
    "expm1": lambda z: mp.exp(z) - 1, "log1p": lambda z: mp.log(1 + z), "sigmoid": lambda z: mp.exp(z) / (1 + mp.exp(z)),
}


def exact(f, z):
    w = EXACT[f](mp.mpc(z.real, z.imag))
    return complex(float(w.real), float(w.imag))


def expected(f, z):
    """The value at a special point, or None where there is none to hold to."""
    finite = np.isfinite(z)
    if f in ("square", "reciprocal", "sign", "rsqrt"):
        if not finite or z == 0:
            return {"sign": 0j}.get(f) if z == 0 else complex(nan, nan) if np.isnan(z) and f == "sign" else None
        if z.real != 0 and z.imag != 0 and abs(z) < 1e150 and abs(z) > 1e-150:
            return exact(f, z)
        return NUMPY[f](np.complex128(z)) if f != "rsqrt" and f != "square" and (z.real == 0 or z.imag == 0) else None
    if f == "sigmoid":
        return exact(f, z) if finite and z.imag != 0 and abs(z) < 700 else None
    if f == "expm1":
        if finite and z.imag != 0:
            return exact(f, z) if abs(z) < 700 else None
        w = np.exp(np.complex128(z))
        return complex(np.expm1(z.real) if finite else w.real - 1, w.imag)
    if f == "log1p":
        with_one = complex(1 + z.real, z.imag)
        w = np.log(np.complex128(with_one))
        return complex(float(mp.log(abs(mp.mpc(with_one) if abs(z) > 1 else 1 + mp.mpc(z))).real), w.imag) if finite and with_one != 0 else w
    return complex(NUMPY[f](np.complex128(z)))


def open_signs(f, z):
    """Whether C99 leaves the sign of the real part open, and that of the imaginary one."""
    x, y = z.real, z.imag
    if f in ("sin", "tan"):
        im, re = open_signs({"sin": "sinh", "tan": "tanh"}[f], complex(-y, x))
        return re, im
    if f == "cos":
        return open_signs("cosh", complex(-y, x))
    wild = not np.isfinite(y)
    if f == "exp" or f == "expm1":
        return (np.isinf(x) and wild or f == "expm1" and x == 0, np.isinf(x) and wild)
    if f == "sinh":
        return ((x == 0 or np.isinf(x)) and wild, False)
    if f == "cosh":
        return (np.isinf(x) and wild, x == 0 and wild or np.isnan(x) and y == 0)
    if f == "tanh":
        return (False, np.isinf(x) and wild)
    if f == "sqrt":
        return (False, x == -inf and np.isnan(y))
    if f == "acos":
        return (False, np.isinf(x) and np.isnan(y))
    if f == "asin":
        return (False, np.isinf(x) and np.isnan(y))
    if f in ("asinh", "atanh"):
        return (np.isnan(x) and np.isinf(y), False)
    if f == "atan":
        return (False, np.isinf(x) and np.isnan(y))
    return (False, False)


def text(v):
    return "NaN" if np.isnan(v) else ("Infinity" if v > 0 else "-Infinity") if np.isinf(v) else repr(float(v)).removesuffix(".0")


def values(results, signs=None):
    words = []
    for i, w in enumerate(results):
        if w is None:
            words.append("_ _")
        else:
            marks = signs[i] if signs else (False, False)
            words.append(" ".join(("~" if m else "") + text(p) for m, p in zip(marks, (w.real, w.imag))))
    return " ".join(words)


random = np.random.default_rng(1)
single = lambda v: float(np.float32(v))
points = [complex(single(random.uniform(-3, 3)), single(random.uniform(-3, 3))) for _ in range(12)]
log = lambda low, high: single(np.exp(random.uniform(np.log(low), np.log(high))) * random.choice([-1, 1]))
points += [complex(log(1e-6, 30), log(1e-6, 30)) for _ in range(12)]
for c in (1, -1, 1j, -1j):
    points += [c + complex(s * 2.0**-k, t * 2.0**-j) for s, t, k, j in ((1, 1, 20, 12), (-1, 1, 9, 21), (1, -1, 23, 22))]
exponents = [complex(int(n)) for n in random.integers(-7, 8, len(points) // 2)]
exponents += [complex(single(random.uniform(-2, 2)), single(random.uniform(-2, 2))) for _ in range(len(points) - len(exponents))]

with open(sys.path[0] + "/../src/core/test/resources/numerics/complex-functions.txt", "w") as out:
    grid = [complex(x, y) for x in special for y in special]
    print("grid", values(grid), file=out)
    print("points", values(points), file=out)
    print("exponents", values(exponents), file=out)
    for f in EXACT:
        print(f + ".grid", values([expected(f, z) for z in grid], [open_signs(f, z) for z in grid]), file=out)
        print(f + ".points", values([exact(f, z) for z in points]), file=out)
    pair = {"multiply": lambda a, b: a * b, "divide": lambda a, b: a / b}
    for f, op in pair.items():
        results = [op(mp.mpc(a), mp.mpc(b)) for a, b in zip(points, points[1:] + points[:1])]
        print(f + ".points", values([complex(float(w.real), float(w.imag)) for w in results]), file=out)
    powers = [mp.power(mp.mpc(a), mp.mpc(b)) for a, b in zip(points, exponents)]
    print("power.points", values([complex(float(w.real), float(w.imag)) for w in powers]), file=out)
