#!/usr/bin/env python3
"""Writes src/core/test/resources/numerics/special-functions.txt: special functions and activations, for SpecialFunctionContract.

Special functions and smooth activations are mpmath's with 60 digits, rounded once; at zeros, infinities and NaN they are SciPy's, NumPy's and PyTorch's. Others are
PyTorch's in float64. Half of the arguments that are drawn are float32 numbers.
Each line: name, then separated by "|" operands, values. Needs numpy, scipy, mpmath and torch.
"""
import pathlib
import random
import sys

import mpmath as mp
import numpy as np
import scipy.special as sc
import torch
import torch.nn.functional as nn

mp.mp.dps = 60
np.seterr(all="ignore")
INF, NAN = float("inf"), float("nan")
WIDE = [0.0, -0.0, 5e-324, -5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, -1e-100, 1e-20, 1e-9, -3e-8, 1e-4, 0.1, -0.25, 0.4999, 0.5, -0.5, 0.75, 0.9999999,
        -0.9999999, 1.0, -1.0, 1.0000001, 1.25, 1.5, 2.0, -2.5, 3.3, 5.9, 6.0, -6.1, 10.0, 26.0, 26.6, 27.2, 27.3, -30.0, 1e3, 2.7e8, -1e9, 1e20, 1e300, -1e308,
        1.7976931348623157e308, INF, -INF, NAN]
EXACT = {
    "asinh": (mp.asinh, np.arcsinh, (-20, 20)), "acosh": (mp.acosh, np.arccosh, (1, 12)), "atanh": (mp.atanh, np.arctanh, (-1, 1)),
    "erf": (mp.erf, sc.erf, (-4, 4)), "erfc": (lambda x: mp.mpf(0) if x > 40 else mp.erfc(x), sc.erfc, (-3, 12)),
    "erfinv": (mp.erfinv, sc.erfinv, (-1, 1)),
    # SciPy's gammaln is infinite for subnormal numbers, and its polygamma at -inf.
    "lgamma": (lambda x: mp.loggamma(x).real, lambda x: torch.lgamma(torch.tensor(x, dtype=torch.float64)).item(), (-9, 14)),
    "digamma": (mp.digamma, sc.psi, (-9, 14)),
    "trigamma": (lambda x: mp.psi(1, x), lambda x: NAN if x == -INF else sc.polygamma(1, x), (-9, 14)),
}
SMOOTH = {
    "gelu": (lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2, nn.gelu),
    "geluTanh": (lambda x: x / (1 + mp.exp(-2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf(0.044715) * x ** 3))), lambda x: nn.gelu(x, approximate="tanh")),
    "silu": (lambda x: x / (1 + mp.exp(-x)), nn.silu),
    "mish": (lambda x: x * mp.tanh(mp.log1p(mp.exp(x))), nn.mish),
    "softsign": (lambda x: x / (1 + abs(x)), nn.softsign),
}
TORCH = {
    "elu": nn.elu,
    "elu 0.5": lambda x: nn.elu(x, 0.5), "leakyRelu 0.01": nn.leaky_relu, "hardtanh": nn.hardtanh, "nanToNum": torch.nan_to_num,
    "nanToNum 1 2 3": lambda x: torch.nan_to_num(x, 1.0, 2.0, 3.0),
}
BINARY = {"hypot": np.hypot, "fmod": np.fmod}
EXACT_BINARY = {
    "xlogy": (lambda a, b: a * mp.log(b), lambda a, b: a * np.where((a == 0) & ((b <= 0) | (b == INF)), 1, np.log(b))),  # but for signs of 0 SciPy's
    "logaddexp": (lambda a, b: max(a, b) + mp.log1p(mp.exp(-abs(a - b))), np.logaddexp),
}
GAMMA = [0.2500001, 0.7499, 1.0000002, 1.4616321, 1.46163214496836, 1.99999, 2.000001, 2.2, 2.9999, 3.0000001, 7.999, 8.0, 100.0, 171.6, -0.7, -1.0001, -2.457, -2.747,
         -7.99999, -8.000001, -40.3, 2.5e305, 2.6e305, 0.62499, 0.6251, 0.9, 0.9936, 0.99999999, 0.9999999999999999]


def value(exact, at_ends, x):
    end = float(at_ends(x))
    return float(exact(mp.mpf(x))) if np.isfinite(x) and np.isfinite(end) and x != 0 else end


def line(out, name, *columns):
    print(name, *("| " + " ".join(repr(float(v)) for v in column) for column in columns), file=out)


def drawn(draw, low, high):
    return [draw.uniform(low, high) for _ in range(30)] + [float(np.float32(draw.uniform(low, high))) for _ in range(30)]


def main(out):
    draw = random.Random(1)
    for name, (exact, at_ends, (low, high)) in EXACT.items():
        x = WIDE + drawn(draw, low, high) + (GAMMA if name in ("erfinv", "lgamma", "digamma", "trigamma") else [])
        line(out, name, x, [value(exact, at_ends, v) for v in x])
    few = [0.0, -0.0, 5e-324, 1e-300, 0.3, -1.0, 2.5, 7.0, -7.0, 1e10, 1e300, INF, -INF, NAN]
    a, b = (m.ravel() for m in np.meshgrid(few, few, indexing="ij"))
    for name, f in BINARY.items():
        line(out, name, a, b, f(a, b))
    for name, (exact, at_ends) in EXACT_BINARY.items():
        ends = at_ends(a, b)
        line(out, name, a, b, [float(exact(mp.mpf(x), mp.mpf(y))) if np.isfinite([x, y, end]).all() and x != 0 else end for x, y, end in zip(a, b, ends)])
    x = [v for v in WIDE if abs(v) <= 1e3 or not np.isfinite(v)] + drawn(draw, -6, 6)
    for name, (exact, at_ends) in SMOOTH.items():
        ends = lambda v: at_ends(torch.tensor(v, dtype=torch.float64)).item()
        values = [float(exact(mp.mpf(v))) if np.isfinite(v) and v != 0 else ends(v) for v in x]
        if name == "softsign":  # PyTorch has NaN
            values = [np.sign(v) if np.isinf(v) else y for v, y in zip(x, values)]
        else:  # and for some of these
            values = [-0.0 if v == -INF else y for v, y in zip(x, values)]
        line(out, name, x, values)
    for name, f in TORCH.items():
        line(out, name, x, f(torch.tensor(x, dtype=torch.float64)).numpy())


if __name__ == "__main__":
    path = pathlib.Path(__file__).parent.parent / "src/core/test/resources/numerics/special-functions.txt"
    with open(path, "w") as out:
        import scipy
        print(f"# by scripts/make-special-functions.py with numpy {np.__version__}, scipy {scipy.__version__}, mpmath {mp.__version__}, torch {torch.__version__}", file=out)
        main(out)
    print(path, path.stat().st_size, file=sys.stderr)
