#!/usr/bin/env python3
"""Writes src/core/test/resources/torch/convolutions.txt and pooling.txt: PyTorch's results and gradients, in whole numbers, which are exact.

A line has the operation and its settings, then y, and the gradients of sum(y * g) for x, kernel and bias. Element i of an operand is
(i * factor) % modulus - offset, so that only its shape is written. Needs torch.
"""
import itertools
import pathlib
import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parent.parent / "src/core/test/resources/torch"
FACTORS = {"x": (7, 11, 5), "kernel": (5, 7, 3), "bias": (3, 5, 1), "g": (11, 13, 6)}


def operand(name, shape):
    factor, modulus, offset = FACTORS[name]
    n = int(torch.tensor(shape).prod())
    return ((torch.arange(n) * factor) % modulus - offset).double().reshape(shape)


def ints(t):
    return ",".join(str(int(v)) for v in t.flatten().tolist())


def text(numbers):
    return ",".join(str(n) for n in numbers)


def conv(shape, kernel, stride, before, after, dilation, groups):
    rank = len(shape) - 2
    x = operand("x", shape).requires_grad_()
    w = operand("kernel", kernel).requires_grad_()
    b = operand("bias", (kernel[0],)).requires_grad_()
    around = [p for axis in reversed(range(rank)) for p in (before[axis], after[axis])]
    y = getattr(F, f"conv{rank}d")(F.pad(x, around), w, b, stride, 0, dilation, groups)
    return line("conv", shape, kernel, stride, before, after, dilation, groups, (0,) * rank, y, x, w, b)


def transposed(shape, kernel, stride, padding, extra, dilation, groups):
    rank = len(shape) - 2
    x = operand("x", shape).requires_grad_()
    w = operand("kernel", kernel).requires_grad_()
    b = operand("bias", (kernel[1] * groups,)).requires_grad_()
    y = getattr(F, f"conv_transpose{rank}d")(x, w, b, stride, padding, extra, groups, dilation)
    return line("convTranspose", shape, kernel, stride, padding, padding, dilation, groups, extra, y, x, w, b)


def line(name, shape, kernel, stride, before, after, dilation, groups, extra, y, x, w, b):
    (y * operand("g", y.shape)).sum().backward()
    fields = [name + f"{len(shape) - 2}d", text(shape), text(kernel), text(stride), text(before), text(after), text(dilation), str(groups), text(extra)]
    fields += [text(y.shape), ints(y), ints(x.grad), ints(w.grad), ints(b.grad)]
    return ";".join(fields)


def convolutions():
    yield conv((2, 2, 7), (3, 2, 3), (1,), (0,), (0,), (1,), 1)
    yield conv((1, 4, 9), (4, 2, 3), (2,), (1,), (1,), (2,), 2)
    yield conv((2, 3, 5), (3, 1, 4), (3,), (2,), (3,), (1,), 3)
    yield conv((0, 2, 7), (3, 2, 3), (1,), (0,), (0,), (1,), 1)
    for stride, padding, dilation, groups in itertools.product(((1, 1), (2, 1), (2, 3)), ((0, 0), (1, 2)), ((1, 1), (2, 1)), (1, 2)):
        yield conv((2, 2, 5, 6), (2, 2 // groups, 3, 2), stride, padding, padding, dilation, groups)
    yield conv((2, 4, 3, 5), (6, 4, 1, 1), (1, 1), (0, 0), (0, 0), (1, 1), 1)
    yield conv((2, 4, 3, 5), (6, 2, 1, 1), (1, 1), (0, 0), (0, 0), (1, 1), 2)
    yield conv((2, 4, 3, 5), (2, 4, 1, 1), (2, 2), (1, 0), (0, 0), (1, 1), 1)
    yield conv((1, 3, 4, 5), (6, 1, 3, 3), (1, 1), (1, 1), (1, 1), (1, 1), 3)
    yield conv((1, 2, 4, 4), (2, 2, 2, 4), (1, 1), (0, 1), (1, 2), (1, 1), 1)
    yield conv((2, 1, 4, 5), (3, 1, 3, 2), (1, 1), (1, 0), (1, 1), (1, 2), 1)
    yield conv((1, 1, 1, 1), (1, 1, 1, 1), (1, 1), (0, 0), (0, 0), (1, 1), 1)
    yield conv((1, 2, 2, 3), (2, 2, 2, 2), (3, 2), (4, 5), (4, 3), (1, 1), 1)
    yield conv((1, 2, 5, 5), (2, 2, 2, 2), (5, 4), (0, 0), (0, 0), (1, 1), 1)
    yield conv((1, 2, 3, 4, 3), (2, 2, 2, 2, 2), (1, 1, 1), (0, 0, 0), (0, 0, 0), (1, 1, 1), 1)
    yield conv((1, 2, 3, 4, 5), (2, 1, 2, 1, 3), (2, 1, 2), (1, 0, 1), (1, 0, 1), (1, 1, 1), 2)
    yield conv((1, 1, 3, 5, 4), (2, 1, 2, 2, 2), (1, 2, 1), (1, 0, 1), (0, 0, 1), (1, 2, 1), 1)


def transposes():
    yield transposed((2, 2, 4), (2, 3, 3), (1,), (0,), (0,), (1,), 1)
    yield transposed((1, 4, 4), (4, 1, 3), (2,), (1,), (1,), (1,), 2)
    yield transposed((1, 2, 3), (2, 2, 2), (4,), (0,), (3,), (1,), 1)
    yield transposed((0, 2, 4), (2, 3, 3), (2,), (0,), (0,), (1,), 1)
    for stride, padding, dilation, groups in itertools.product(((1, 1), (2, 3)), ((0, 0), (1, 2)), ((1, 1), (2, 3)), (1, 2)):
        extra = tuple(s - 1 for s in stride)
        yield transposed((2, 2, 3, 4), (2, 2 // groups, 3, 2), stride, padding, extra, dilation, groups)
    yield transposed((1, 2, 3, 3), (2, 1, 2, 2), (1, 1), (0, 0), (1, 2), (2, 3), 1)
    yield transposed((1, 2, 3, 3), (2, 2, 3, 3), (2, 2), (3, 2), (1, 1), (1, 1), 1)
    yield transposed((1, 3, 2, 3), (3, 2, 1, 1), (1, 1), (0, 0), (0, 0), (1, 1), 1)
    yield transposed((1, 2, 2, 3, 2), (2, 2, 2, 2, 2), (2, 1, 2), (0, 1, 1), (1, 0, 0), (1, 1, 1), 1)
    yield transposed((1, 2, 2, 3, 2), (2, 1, 2, 1, 3), (1, 2, 1), (0, 0, 1), (0, 1, 0), (1, 1, 2), 2)


def pooled(name, shape, window, stride, padding, dilation, ceil, results):
    """A line of values, the places of maxima if any, and the gradient; of means of and for operands times 3603600, which the counts divide."""
    scale = 1 if name.endswith("ax") else 3603600
    x = operand("x", shape).mul(scale).requires_grad_()
    y, places = results(x)
    (y * operand("g", y.shape) * scale).sum().backward()
    fields = [name, text(shape), text(window), text(stride), text(padding), text(dilation), str(int(ceil))]
    return ";".join(fields + [text(y.shape), ints(y), "" if places is None else ints(places), ints(x.grad)])


def pools():
    for shape, window, stride, padding, dilation, ceil in [
        ((2, 2, 7), (2,), (2,), (0,), (1,), False),
        ((2, 2, 7), (3,), (2,), (1,), (1,), True),
        ((1, 1, 1), (1,), (1,), (0,), (1,), False),
        ((0, 2, 5), (2,), (1,), (0,), (1,), False),
        ((2, 3, 5, 6), (2, 2), (2, 2), (0, 0), (1, 1), False),
        ((2, 3, 5, 6), (2, 2), (2, 2), (0, 0), (1, 1), True),
        ((1, 2, 5, 6), (3, 2), (1, 2), (1, 1), (1, 1), False),
        ((1, 2, 5, 6), (3, 2), (2, 3), (1, 0), (1, 1), True),
        ((1, 2, 6, 7), (2, 3), (1, 2), (1, 1), (2, 2), False),
        ((1, 2, 5, 4), (5, 4), (1, 1), (0, 0), (1, 1), False),
        ((1, 2, 5, 5), (2, 2), (3, 4), (0, 0), (1, 1), False),
        ((2, 1, 3, 4, 5), (2, 2, 2), (2, 2, 2), (0, 0, 0), (1, 1, 1), False),
        ((1, 2, 3, 4, 5), (2, 3, 2), (1, 2, 2), (1, 1, 0), (1, 1, 1), True),
    ]:
        rank = len(window)
        top = getattr(F, f"max_pool{rank}d")
        yield pooled("max", shape, window, stride, padding, dilation, ceil, lambda x: top(x, window, stride, padding, dilation, ceil, True))
        if set(dilation) == {1}:
            mean = getattr(F, f"avg_pool{rank}d")
            for name, count in (("avg", True), ("avgInside", False)):
                yield pooled(name, shape, window, stride, padding, dilation, ceil, lambda x: (mean(x, window, stride, padding, ceil, count), None))
    for shape, sizes in [((2, 2, 7), (3,)), ((1, 2, 5, 6), (2, 3)), ((1, 2, 5, 7), (3, 4)), ((2, 1, 3, 4), (1, 1)), ((1, 1, 2, 3), (3, 5)), ((1, 2, 3, 4, 5), (2, 3, 2))]:
        rank = len(sizes)
        none = (0,) * rank
        yield pooled("adaptiveAvg", shape, sizes, none, none, none, False, lambda x: (getattr(F, f"adaptive_avg_pool{rank}d")(x, sizes), None))
        yield pooled("adaptiveMax", shape, sizes, none, none, none, False, lambda x: getattr(F, f"adaptive_max_pool{rank}d")(x, sizes, True))


ROOT.mkdir(parents=True, exist_ok=True)
(ROOT / "convolutions.txt").write_text("\n".join([*convolutions(), *transposes()]) + "\n")
(ROOT / "pooling.txt").write_text("\n".join(pools()) + "\n")
