#!/usr/bin/env python3
"""Writes src/core/test/resources/numerics/order.txt: what NumPy (2.4.6 when it was made) gives for order statistics, counts, scans, scatters and shapes of float64.

A line: the operation and its arguments, then for each operand and result its shape and its values.
"""
import pathlib

import numpy as np

random = np.random.default_rng(14)
lines = []


def text(value):
    return str(float(value)).replace("nan", "NaN").replace("inf", "Infinity")


def case(head, *arrays):
    parts = [head]
    for array in map(np.asarray, arrays):
        parts += [",".join(map(str, array.shape)), " ".join(map(text, array.ravel()))]
    lines.append("|".join(parts))


plain = np.round(random.normal(size=(3, 4)), 3)
ties = random.integers(-3, 4, size=(5, 6)) / 2
holes = ties.copy()
holes[1, 2] = holes[4, 5] = np.nan
holes[0, 0], holes[2, 3] = np.inf, -np.inf
gaps = np.where(np.isinf(holes), 0, holes)
for a in plain, ties, gaps, holes:
    for axis in 0, 1:
        case(f"median {axis}", a, np.median(a, axis))
        # Beside infinity NumPy has NaN where the number is infinite, or the element itself.
        for q in () if a is holes else (0.0, 0.1, 0.25, 0.5, 0.77, 1.0):
            case(f"quantile {axis} {q}", a, np.quantile(a, q, axis))
case("median", plain, np.median(plain))
case("quantile 0.3", ties, np.quantile(ties, 0.3))

for low, high, bins in (-1.5, 1.5, 6), (-1, 1, 3), (0, 0.7, 7), (5, 6, 2):
    for a in plain, ties, holes:
        counts, edges = np.histogram(a, bins, (low, high))
        weights = np.arange(a.size, dtype=float).reshape(a.shape) / 8
        case(f"histogram {bins} {low} {high}", a, weights, counts, edges, np.histogram(a, bins, (low, high), weights=weights)[0])
for a in plain, ties, np.full(3, 2.5):
    counts, edges = np.histogram(a, 5)
    case("histogram 5", a, counts, edges)

for size, least in (0, 0), (1, 0), (40, 0), (40, 12):
    a = random.integers(0, 8, size=size)
    weights = random.integers(-8, 9, size=size) / 4
    case(f"bincount {least}", a, weights, np.bincount(a, minlength=least), np.bincount(a, weights, least))

edges = np.array([-1.0, -0.5, -0.0, 0.0, 0.0, 0.5, 1.0, np.inf, np.nan])
sought = np.array([[-2.0, -1.0, -0.75, 0.0], [-0.0, 0.5, 2.0, np.inf], [np.nan, -np.inf, 1.0, 0.25]])
for side in "left", "right":
    case(f"searchSorted {side}", edges, sought, np.searchsorted(edges, sought, side))
    case(f"searchSorted {side}", np.zeros(0), sought, np.searchsorted(np.zeros(0), sought, side))

for a in ties, holes, np.zeros(0), np.array(3.5), np.array([[np.nan, 1.0], [np.nan, np.inf]]):
    unique = np.unique_all(a) if not np.isnan(a).any() else np.unique(
        a, return_index=True, return_inverse=True, return_counts=True)
    case("unique", a, *unique)

for a in ties, holes:
    for axis in 0, 1:
        case(f"sort {axis}", a, np.sort(a, axis), np.argsort(a, axis, kind="stable"))
        case(f"cumsum {axis}", a, np.cumsum(a, axis))
        case(f"cumprod {axis}", a, np.cumprod(a, axis))
        case(f"cummax {axis}", a, np.maximum.accumulate(a, axis), np.minimum.accumulate(a, axis))
        case(f"logcumsumexp {axis}", a, np.logaddexp.accumulate(a, axis))
        case(f"diff {axis}", a, np.diff(a, axis=axis), np.diff(a, 3, axis), np.diff(a, 7, axis))
        places = random.integers(0, a.shape[axis], size=4)
        source = random.integers(-8, 9, size=np.moveaxis(a, axis, 0)[:4].shape) / 4
        added = np.moveaxis(a, axis, 0).copy()
        np.add.at(added, places, source)
        case(f"indexAdd {axis}", a, places, np.moveaxis(source, 0, axis), np.moveaxis(added, 0, axis))
        case(f"roll {axis}", a, np.roll(a, -2, axis), np.roll(a, 17, axis))
        case(f"repeat {axis}", a, np.repeat(a, 3, axis))
    mask = a > 0
    case("mask", a, mask, a[mask], np.argwhere(mask), np.where(mask, -1.5, a))
    case("isClose", a, ties, np.isclose(a, ties), np.isclose(a, ties + 1, 0.25, 0.5))
    changed = a.copy()
    places = np.array([3, -1, 3, 0, -30])
    np.put(changed, places, [1, 2, 3, 4, 5])
    case("put", a, places, np.arange(1, 6), changed)
    widths = ((2, 1), (0, 5))
    case("pad", a, *(np.pad(a, widths, mode) for mode in ("reflect", "edge", "wrap")), np.pad(a, widths, constant_values=2))
    case("tile", a, np.tile(a, (2, 1, 3)))

for a in ties, holes:
    for axis in 0, 1:
        # NaN comes last, as NumPy sorts it, of the largest too; of equals the first.
        order = [np.argsort(b, axis, kind="stable") for b in (-a, a)]
        found = [part for o in order for part in (np.take_along_axis(a, o, axis), o)]
        case(f"topk {axis}", a, *(np.take(part, range(3), axis) for part in found))
        places = random.permuted(np.broadcast_to(np.expand_dims(np.arange(a.shape[axis]), 1 - axis), a.shape), axis=axis)
        places = np.take(places, range(4), axis)
        source = random.integers(-8, 9, size=places.shape) / 4
        written = a.copy()
        np.put_along_axis(written, places, source, axis)
        several = random.integers(0, a.shape[axis], size=places.shape)
        added = a.copy()
        grid = list(np.indices(places.shape))
        grid[axis] = several
        np.add.at(added, tuple(grid), source)
        case(f"scatter {axis}", a, places, source, written, several, added)
        case(f"gather {axis}", a, several, np.take_along_axis(a, several, axis))

target = pathlib.Path(__file__).resolve().parent.parent / "src/core/test/resources/numerics/order.txt"
target.write_text("\n".join(lines) + "\n")
