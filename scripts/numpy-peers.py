#!/usr/bin/python3
"""Times NumPy on the rows of target/jmh.json (written by scripts/bench) and prints one table of both.

    apt-get install -y python3-numpy libopenblas0-pthread
    scripts/bench && /usr/bin/python3 scripts/numpy-peers.py [target/jmh.json] [-m REGEX]

Medians of many repeats, random inputs, the same sizes and cores. Where NumPy has several natural ways to a row, the fastest counts.
"""

import argparse
import json
import math
import os
import re
import statistics
import sys
import time

import numpy as np

RNG = np.random.default_rng(1)


def randoms(dtype, *shapes):
    return [RNG.standard_normal(shape).astype(dtype) for shape in shapes]


def dims(text):
    return tuple(int(n) for n in text.split("x"))


def sizes(words):
    return {re.match(r"[A-Za-z]+", w).group(): int(re.search(r"\d+", w).group()) for w in words}


def einsum(row, dtype):
    equation, *words = row.split()
    size = sizes(words)
    operands = randoms(dtype, *(tuple(size[c] for c in t) for t in equation.split("->")[0].split(",")))
    return {f"einsum optimize={o}": lambda o=o: np.einsum(equation, *operands, optimize=o) for o in (False, True)}


def einsum_loops(row):
    """Whether no step of NumPy's own path goes through BLAS."""
    equation, *words = row.split()
    size = sizes(words)
    operands = [np.broadcast_to(0.0, tuple(size[c] for c in t)) for t in equation.split("->")[0].split(",")]
    steps = np.einsum_path(equation, *operands, optimize=True, einsum_call=True)[1]
    return not any(step[-1] for step in steps)


def matmul(row, dtype):
    s = sizes(row.split())
    batch = (s["b"],) if s["b"] > 1 else ()
    a, b = randoms(dtype, batch + (s["n"],) * 2, batch + (s["n"],) * 2)
    return {"matmul": lambda: a @ b}


def permute(row, dtype):
    shape, axes = row.split()
    (a,) = randoms(dtype, dims(shape))
    view = a.transpose([int(x) for x in axes.split(",")])
    out = np.empty(view.shape, dtype)
    return {"transpose.copy": lambda: view.copy(order="C"), "copyto": lambda: np.copyto(out, view)}


def add(row, dtype):
    a, b = randoms(dtype, *(dims(t) for t in row.split()))
    out = np.empty(a.shape, dtype)
    return {"add": lambda: a + b, "add out": lambda: np.add(a, b, out=out)}


def kron(row, dtype):
    a, b = randoms(dtype, *(dims(t) for t in row.split()))

    def broadcast():
        product = a[..., :, None, :, None] * b[..., None, :, None, :]
        *batch, m, p, n, q = product.shape
        return product.reshape(*batch, m * p, n * q)

    ways = {"broadcast": broadcast}
    if a.ndim == 2:
        ways["kron"] = lambda: np.kron(a, b)
    return ways


def kron_apply(row, dtype):
    *factors, columns = row.split()
    matrices = [None if f[0] == "I" else randoms(dtype, dims(f))[0] for f in factors]
    widths = [int(f[1:]) if m is None else m.shape[1] for f, m in zip(factors, matrices)]
    (x,) = randoms(dtype, (math.prod(widths), int(columns[1:])))

    def chain():
        y = x.reshape(*widths, -1)
        for i, m in enumerate(matrices):
            if m is not None:
                y = np.moveaxis(np.tensordot(m, y, (1, i)), 0, i)
        return np.ascontiguousarray(y).reshape(-1, x.shape[1])

    return {"tensordot chain": chain}


def square(row, dtype):
    s = sizes(row.split())
    batch = (s["b"],) if s["b"] > 1 else ()
    (a,) = randoms(dtype, batch + (s["n"],) * 2)
    return a, s, batch


def slogdet(row, dtype):
    a, _, _ = square(row, dtype)
    return {"linalg.slogdet": lambda: np.linalg.slogdet(a)}


def solve(row, dtype):
    a, s, batch = square(row, dtype)
    (b,) = randoms(dtype, batch + (s["n"], s["r"]))
    return {"linalg.solve": lambda: np.linalg.solve(a, b)}


def inverse(row, dtype):
    a, _, _ = square(row, dtype)
    return {"linalg.inv": lambda: np.linalg.inv(a)}


def ordered(call):
    """A peer of OrderBench: ways from an array, its axis and a function for indices in [0, n) along it."""

    def ways(row, dtype):
        shape, axis = dims(row.split()[0]), int(row.split()[1])
        (a,) = randoms(dtype, shape)
        return call(a, axis, lambda *index: RNG.integers(0, shape[axis], index or shape))

    return ways


def added(a, axis, along):
    """numpy.add.at where each element has its own place."""
    at = list(np.indices(a.shape, sparse=True))
    at[axis] = along()
    return {"add.at of a copy": lambda: np.add.at(a.copy(), tuple(at), a)}


def rows_added(a, axis, along):
    places = (slice(None),) * axis + (along(a.shape[axis]),)
    return {"add.at of a copy": lambda: np.add.at(a.copy(), places, a)}


def written(a, axis, along):
    index = along()

    def put():
        out = a.copy()
        np.put_along_axis(out, index, a, axis)

    return {"put_along_axis of a copy": put}


def gathered(a, axis, along):
    index = along()
    return {"take_along_axis": lambda: np.take_along_axis(a, index, axis)}


def largest(a, axis, _):
    def partition():
        few = np.take(np.argpartition(-a, 9, axis), range(10), axis)
        np.take_along_axis(few, np.argsort(np.take_along_axis(-a, few, axis), axis), axis)

    return {"argpartition": partition, "argsort": lambda: np.take(np.argsort(-a, axis), range(10), axis)}


def masked(a, axis, _):
    mask = a < 0
    return {"a[mask]": lambda: a[mask]}


def counted(a, axis, along):
    index = along().ravel()
    return {"bincount": lambda: np.bincount(index)}


def sought(a, axis, _):
    line = np.sort(RNG.standard_normal(1000).astype(a.dtype))
    return {"searchsorted": lambda: np.searchsorted(line, a)}


PEERS = {
    "sort": ordered(lambda a, axis, _: {"sort": lambda: np.sort(a, axis)}),
    "argsort": ordered(lambda a, axis, _: {"argsort": lambda: np.argsort(a, axis)}),
    "topk": ordered(largest),
    "unique": ordered(lambda a, axis, _: {"unique": lambda: np.unique(a)}),
    "searchSorted": ordered(sought),
    "median": ordered(lambda a, axis, _: {"median": lambda: np.median(a, axis)}),
    "histogram": ordered(lambda a, axis, _: {"histogram": lambda: np.histogram(a, 100)}),
    "bincount": ordered(counted),
    "cumsum": ordered(lambda a, axis, _: {"cumsum": lambda: np.cumsum(a, axis)}),
    "cumprod": ordered(lambda a, axis, _: {"cumprod": lambda: np.cumprod(a, axis)}),
    "cummax": ordered(lambda a, axis, _: {"maximum.accumulate": lambda: np.maximum.accumulate(a, axis)}),
    "gather": ordered(gathered),
    "scatter": ordered(written),
    "scatterAdd": ordered(added),
    "indexAdd": ordered(rows_added),
    "booleanMask": ordered(masked),
    "nonzero": ordered(lambda a, axis, _: {"argwhere": lambda: np.argwhere(a)}),
    "einsum": einsum,
    "matmul": matmul,
    "permute": permute,
    "add": add,
    "kron": kron,
    "kronApply": kron_apply,
    "slogdet": slogdet,
    "solve": solve,
    "inverse": inverse,
}
FLOORS = ("openblas", "copy", "addSame")


def median_us(call, seconds):
    call()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def blas():
    with open("/proc/self/maps") as maps:
        found = sorted({line.split()[-1] for line in maps if re.search(r"blas|mkl", line)})
    return ", ".join(os.path.basename(os.path.realpath(f)) for f in found) or "unknown"


def table(results, match, seconds):
    ours, floors = {}, {}
    for r in results:
        name = r["benchmark"].rsplit(".", 1)[1]
        key = r["params"]["row"], r["params"].get("dtype", "")
        median = r["primaryMetric"]["scorePercentiles"]["50.0"]
        if name in FLOORS:
            floors[(r["benchmark"].rsplit(".", 1)[0], *key)] = median
        else:
            ours[(r["benchmark"], *key)] = median
    print("| operation | row | dtype | Kron4J us | floor us | floor / Kron4J | NumPy us | NumPy / Kron4J | NumPy's way |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for (benchmark, row, dtype), us in ours.items():
        klass, name = benchmark.rsplit(".", 1)
        if not re.search(match, f"{name} {row}"):
            continue
        floor = floors.get((klass, row, dtype))
        ways = PEERS[name](row, dtype.lower()) if name in PEERS else {}
        timed = {way: median_us(call, seconds) for way, call in ways.items()}
        way = min(timed, key=timed.get, default="")
        if name == "einsum":
            way += ", loops" if einsum_loops(row) else ", BLAS"
        cells = [name, f"`{row}`", dtype.lower(), f"{us:.4g}"]
        cells += [f"{floor:.4g}", f"{floor / us:.2f}"] if floor else ["", ""]
        cells += [f"{min(timed.values()):.4g}", f"{min(timed.values()) / us:.2f}"] if timed else ["", ""]
        print("| " + " | ".join([*cells, way]) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", nargs="?", default="target/jmh.json")
    parser.add_argument("-m", "--match", default="", help="only rows whose 'operation row' matches this regex")
    parser.add_argument("-t", "--seconds", type=float, default=2, help="time for each NumPy measurement")
    options = parser.parse_args()
    with open(options.json) as file:
        results = json.load(file)
    print(f"NumPy {np.__version__} on {blas()}, {os.cpu_count()} cores; Kron4J on Java {results[0]['jdkVersion']}\n")
    table(results, options.match, options.seconds)


if __name__ == "__main__":
    sys.exit(main())
