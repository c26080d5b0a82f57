#!/usr/bin/env python3
"""Writes src/core/test/resources/numerics/special-values.txt: elementwise functions and reductions at zeros, infinities, NaN, subnormal and huge numbers.

Values are NumPy's, gradients PyTorch's. Where PyTorch's formula overflows on the way or is a matter of taste, what is meant is written here instead:
the gradient of atan2 (scaled, 0 at the origin), of reciprocal and divide by long doubles, of abs at NaN (NaN, by NumPy's sign), of logsumexp where all is -inf (0),
of remainder where it is NaN (NaN), of softplus (PyTorch has 1 from 20 on), of prod (the product of the others).
Each line: dtype, operation, then separated by "|" operands (of pairs all first ones with all second ones), values, and mostly gradients. Needs numpy and torch.
"""
import pathlib
import sys

import numpy as np
import torch

np.seterr(all="ignore")
inf, nan = float("inf"), float("nan")
UNARY = {
    "negative": np.negative, "abs": np.abs, "sign": np.sign, "square": np.square, "sqrt": np.sqrt,
    "rsqrt": lambda x: (1 / np.sqrt(x)).astype(x.dtype), "reciprocal": np.reciprocal, "exp": np.exp, "expm1": np.expm1, "log": np.log,
    "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "sigmoid": None, "relu": None, "softplus": None,
    "floor": np.floor, "ceil": np.ceil, "round": np.rint,
}
CONSTANT = {"sign", "floor", "ceil", "round"}
BINARY = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "remainder": np.remainder, "power": np.power,
    "maximum": np.maximum, "minimum": np.minimum, "atan2": np.arctan2,
}
REDUCTIONS = {
    "sum": (np.sum, torch.sum), "prod": (np.prod, torch.prod), "max": (np.max, torch.amax), "min": (np.min, torch.amin), "mean": (np.mean, torch.mean),
    "var": (np.var, lambda t: torch.var(t, correction=0)), "std": (np.std, lambda t: torch.std(t, correction=0)),
    "logsumexp": (None, lambda t: torch.logsumexp(t, 0)), "norm": (None, lambda t: torch.linalg.vector_norm(t)),
    "softmax": (None, lambda t: torch.softmax(t, 0)), "logSoftmax": (None, lambda t: torch.log_softmax(t, 0)),
}
# Without gradients. Sums and products of float32 are carried in float64.
LINES = {
    "sort": np.sort, "cumsum": lambda x: np.cumsum(x, dtype=np.float64).astype(x.dtype), "cumprod": lambda x: np.cumprod(x, dtype=np.float64).astype(x.dtype),
    "cummax": np.maximum.accumulate, "cummin": np.minimum.accumulate, "diff": np.diff,
    "logcumsumexp": lambda x: torch.logcumsumexp(torch.from_numpy(x), 0).numpy(), "unique": np.unique, "median": lambda x: np.atleast_1d(np.median(x)),
}
SPECIAL = {
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh, "sinc": np.sinc, **{name: lambda x, f=f: f(torch.from_numpy(x)).numpy()
    for name, f in {"erf": torch.erf, "erfc": torch.erfc, "lgamma": torch.lgamma}.items()},
}
ROWS = [[inf, 1], [-inf, 1], [inf, -inf], [inf, inf], [-inf, -inf], [nan, 1], [nan, inf], [0.0, -0.0], [-0.0, -0.0], [0, 3, 0], [2, 0, 3], [5, 5, 1], [7],
        [0.0, inf], [1, nan, 1]]


def torch_name(op):
    return {"sigmoid": torch.sigmoid, "relu": torch.relu, "softplus": torch.nn.functional.softplus}.get(op) or getattr(torch, op)


def wide(dtype, f, *xs):
    return f(*(np.asarray(x, np.longdouble) for x in xs)).astype(dtype)


def angle(dtype, other, own):
    def slope(o, w):
        square = o * o + w * w
        return np.where(square == 0, 0, np.where(np.isinf(w) & np.isfinite(o) | np.isinf(o) & np.isfinite(w), 0, o / square))
    return wide(dtype, slope, other, own)


def line(out, dtype, op, *columns):
    texts = (" ".join(str(dtype(v)).removesuffix(".0") for v in column) for column in columns)
    print(np.dtype(dtype).name, op, *(f"| {t}" for t in texts), file=out)


def main(out):
    for dtype in (np.float32, np.float64):
        info = np.finfo(dtype)
        moderate = [0.0, 0.5, 1.0, 2.5, 1e-4, 30.0]
        extreme = [float(info.smallest_subnormal), float(info.tiny), float(info.max), inf] + ([1e-25, 1e20] if dtype == np.float32 else [1e-200, 1e170])
        x = np.array([s * v for v in moderate + extreme for s in (1, -1)] + [nan], dtype)
        for op, f in UNARY.items():
            t = torch.tensor(x, requires_grad=True)
            y = torch_name(op)(t)
            values = f(x) if f else y.detach().numpy()
            gradient = np.zeros_like(x) if op in CONSTANT else torch.autograd.grad(y.sum(), t)[0].numpy()
            if op == "abs":
                gradient = np.sign(x)
            if op == "softplus":
                gradient = wide(dtype, lambda v: 1 / (1 + np.exp(-v)), x)
            if op == "reciprocal":
                gradient = wide(dtype, lambda v: -1 / (v * v), x)
            line(out, dtype, op, x, values, gradient)
        few = np.array([s * v for v in [0.0, 0.5, 1.0, 3.0] + extreme for s in (1, -1) if v != info.tiny] + [nan], dtype)
        a, b = (m.ravel() for m in np.meshgrid(few, few, indexing="ij"))
        for op, f in BINARY.items():
            ta, tb = torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)
            ga, gb = torch.autograd.grad({"power": torch.pow}.get(op, getattr(torch, op, None))(ta, tb).sum(), (ta, tb))
            ga, gb = ga.numpy(), gb.numpy()
            if op == "atan2":
                ga, gb = angle(dtype, b, a), -angle(dtype, a, b)
            if op == "divide":
                ga, gb = wide(dtype, lambda v: 1 / v, b), wide(dtype, lambda v, w: -(v / w) / w, a, b)
            if op == "remainder":
                gb = np.where(np.isnan(f(a, b)), nan, gb)
            line(out, dtype, op, few, f(a, b), ga, gb)
        for op, f in SPECIAL.items():
            line(out, dtype, op, x, f(x))
        for op, f in LINES.items():
            for row in ROWS + [[float(info.smallest_subnormal), -0.0, float(info.tiny), 0.0], [float(info.max), float(info.max), -inf]]:
                if len(row) > 1:
                    line(out, dtype, op, np.array(row, dtype), f(np.array(row, dtype)))
        for op, (f, g) in REDUCTIONS.items():
            for row in ROWS + [[float(info.max), float(info.max)], [float(info.tiny), float(info.tiny)]]:
                r = np.array(row, dtype)
                t = torch.tensor(r, requires_grad=True)
                y = g(t)
                weights = torch.arange(1, len(row) + 1, dtype=t.dtype)
                gradient = torch.autograd.grad((y * weights).sum() if y.ndim else y, t)[0].numpy()
                value = np.atleast_1d(f(r) if f else y.detach().numpy())
                if op == "logsumexp" and np.all(np.isneginf(r)):
                    gradient = np.zeros_like(r)
                if op == "prod":
                    gradient = np.array([np.prod(np.delete(r.astype(np.longdouble), i)) for i in range(len(r))]).astype(dtype)
                if op == "norm" and np.all(np.isfinite(r)):
                    value = np.atleast_1d(wide(dtype, lambda v: np.sqrt(np.sum(v * v)), r))
                    norm = np.sqrt(np.sum(r.astype(np.longdouble) ** 2))
                    if norm <= info.max:
                        gradient = (r / norm if norm else np.zeros_like(r)).astype(dtype)
                line(out, dtype, op, r, value, gradient)


if __name__ == "__main__":
    path = pathlib.Path(__file__).parent.parent / "src/core/test/resources/numerics/special-values.txt"
    with open(path, "w") as out:
        print(f"# by scripts/make-special-values.py with numpy {np.__version__}, torch {torch.__version__}", file=out)
        main(out)
    print(path, path.stat().st_size, file=sys.stderr)
