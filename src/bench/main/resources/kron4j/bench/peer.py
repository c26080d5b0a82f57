"""A Python library as a peer of 'kron4j bench': python3 peer.py numpy|pytorch|jax THREADS.

Answers each line of JSON by one, as kron4j.bench.peer.Worker does in Java: a row with positions by the values there, a timing by seconds.
"""

import gc
import json
import math
import os
import sys
import time

threads = int(sys.argv[2])
if sys.argv[1] == "jax":
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print


def answer(**values):
    ANSWERS.write(json.dumps(values) + "\n")
    ANSWERS.flush()


try:
    import numpy as np

    if sys.argv[1] == "pytorch":
        import torch

        torch.set_num_threads(threads)
    elif sys.argv[1] == "jax":
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
except ImportError as e:
    answer(missing=str(e))
    sys.exit()


# ---- operands: every element from its position alone, as kron4j.bench.peer.Input ----


def uniform(seed, positions):
    z = (positions + np.uint64((seed << 40) + 1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)) * 2.0**-23 - 1


def operand(spec, dtype):
    shape, kind = spec["shape"], spec["kind"]
    values = np.empty(math.prod(shape), dtype)
    if kind == "UNIFORM":
        for begin in range(0, values.size, 1 << 20):  # in pieces, for little memory
            end = min(values.size, begin + (1 << 20))
            values[begin:end] = uniform(spec["seed"], np.arange(begin, end, dtype=np.uint64)) * spec["scale"]
    else:
        i, j = np.indices(shape, dtype=np.uint64)
        values[:] = (uniform(spec["seed"], np.maximum(i, j) * np.uint64(shape[0]) + np.minimum(i, j)) * spec["scale"]).ravel()
        if kind == "POSITIVE":
            values[:: shape[0] + 1] = shape[0] * spec["scale"]
    return values.reshape(shape)


# ---- operations; xp is numpy, torch or jax.numpy ----


def axes(row):
    term, out = row["equation"].split("->")
    return [term.index(c) for c in out], tuple(i for i, c in enumerate(term) if c not in out)


def softmax(xp, a):
    if xp is np:
        e = np.exp(a - a.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)
    return torch.softmax(a, -1) if sys.argv[1] == "pytorch" else jax.nn.softmax(a)


def kron(xp, a, b):
    if a.ndim == 2:
        return xp.kron(a, b)
    n, p, q, r, s = *a.shape, *b.shape[1:]
    return (a[:, :, None, :, None] * b[:, None, :, None, :]).reshape(n, p * r, q * s)


def kronmatmul(x, *factors):
    rows = x.shape[0]
    for f in reversed(factors):
        x = (x.reshape(rows, -1, f.shape[0]) @ f).swapaxes(1, 2).reshape(rows, -1)
    return x


def transpose(xp, a, order):
    if xp is np:
        return np.ascontiguousarray(a.transpose(order))
    return a.permute(*order).contiguous() if sys.argv[1] == "pytorch" else jnp.transpose(a, order) + 0


def perceptron(xp, x, w, b, v, c):
    return ((xp.tanh(x @ w + b) @ v + c) ** 2).mean()


def operation(xp, row):
    """A function of the operands; for gradients the loss."""
    op, equation = row["op"].removeprefix("gradient of "), row["equation"]
    gradient = op != row["op"]
    order, summed = axes(row) if equation.count(",") == 0 and equation else ([], ())
    optimize = {"optimize": True} if xp is np else {}
    einsum = lambda *o: xp.einsum(equation, *o, **optimize)
    if gradient and op == "einsum":
        return lambda a, b, w: (einsum(a, b) * w).sum()
    if gradient and op == "kronmatmul":
        return lambda *o: (kronmatmul(*o) ** 2).sum()
    if gradient and op == "slogdet":
        return lambda a: xp.linalg.slogdet(a)[1].sum()
    operations = {
        "einsum": einsum if row["scale"] == 1 else lambda *o: einsum(*o) * row["scale"],
        "matmul": lambda a, b: a @ b,
        "permute": lambda a: transpose(xp, a, order),
        "add": lambda a, b: a + b,
        "multiply": lambda a, b: a * b,
        "exp": lambda a: xp.exp(a),
        "tanh(a*b+c)": lambda a, b, c: xp.tanh(a * b + c),
        "softmax": lambda a: softmax(xp, a),
        "sum": lambda a: a.sum(summed),
        "kron": lambda a, b: kron(xp, a, b),
        "kronmatmul": kronmatmul,
        "kronrows": lambda x, w: (x.reshape(len(x), -1, w.shape[1]) @ w.T).reshape(len(x), -1),
        "slogdet": lambda a: tuple(xp.linalg.slogdet(a)),
        "solve": lambda a, b: xp.linalg.solve(a, b),
        "inverse": lambda a: xp.linalg.inv(a),
        "cholesky": lambda a: xp.linalg.cholesky(a),
        "qr": lambda a: tuple(xp.linalg.qr(a)),
        "svd": lambda a: tuple(xp.linalg.svd(a)),
        "eigh": lambda a: tuple(xp.linalg.eigh(a)),
        "mlp": lambda *o: perceptron(xp, *o),
    }
    if op not in operations:
        raise NotImplementedError(op)
    return operations[op]


def checked(op, results):
    """As float64: results, or what is known of the factors."""
    r = [np.asarray(t, np.float64) for t in results]
    if op == "qr":
        return [r[0] @ r[1], r[0].T @ r[0]]
    if op == "svd":
        return [r[0] * r[1] @ r[2], r[0].T @ r[0]]
    if op == "eigh":
        return [r[1] * r[0] @ r[1].T, r[1].T @ r[1]]
    return r


def prepared(row):
    """A function without arguments, whose results are there when it returns."""
    operands = [operand(spec, row["dtype"]) for spec in row["inputs"]]
    gradient = row["op"].startswith("gradient")
    if sys.argv[1] == "numpy":
        if gradient:
            raise NotImplementedError("no gradients")
        f = operation(np, row)
        return lambda: f(*operands)
    if sys.argv[1] == "pytorch":
        tensors = [torch.from_numpy(o).requires_grad_(gradient) for o in operands]
        f = operation(torch, row)
        return (lambda: torch.autograd.grad(f(*tensors), tensors)) if gradient else (lambda: f(*tensors))
    arrays = [jnp.asarray(o) for o in operands]
    f = operation(jnp, row)
    f = jax.jit(jax.grad(f, argnums=tuple(range(len(arrays)))) if gradient else f)
    return lambda: jax.block_until_ready(f(*arrays))


# ---- the clock and the memory, as kron4j.bench.peer.Timing and Memory ----


def measure(call, warm_up, seconds, least, most):
    clock = time.perf_counter
    start = clock()
    while True:
        begun = clock()
        call()
        last = max(clock() - begun, 1e-9)
        if clock() - start >= warm_up:
            break
    calls = max(1, math.ceil(20e-6 / last))
    samples = []
    start = clock()
    while not samples or (len(samples) < least and clock() - start < 10 * seconds) or (len(samples) < most and clock() - start < seconds):
        begun = clock()
        for _ in range(calls):
            call()
        samples.append((clock() - begun) / calls)
    return samples


def memory(key):
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(key))
    except OSError:
        return -1


def reset_peak():
    gc.collect()
    try:
        with open("/proc/self/clear_refs", "w") as refs:
            refs.write("5")
        return memory("VmRSS")
    except OSError:
        return -1


def serve(request):
    before = reset_peak()
    row = request["row"]
    call = prepared(row)
    results = call()
    results = results if isinstance(results, (tuple, list)) else [results]
    outputs = checked(row["op"], [t.detach() if hasattr(t, "detach") else t for t in results])
    answer(values=[[float(o.ravel()[p]) for p in positions] for o, positions in zip(outputs, request["positions"], strict=True)])
    del results, outputs
    timing = json.loads(sys.stdin.readline() or "{}").get("timing")
    if timing:
        gc.disable()
        seconds = measure(call, timing["warmUp"], timing["seconds"], timing["least"], timing["most"])
        gc.enable()
        answer(seconds=seconds, peak=-1 if before < 0 else max(0, memory("VmHWM") - before))


def version():
    if sys.argv[1] == "pytorch":
        return f"{torch.__version__}, {torch.get_num_threads()} threads"
    if sys.argv[1] == "jax":
        return f"{jax.__version__}, jit"
    with open("/proc/self/maps") if os.path.exists("/proc/self/maps") else open(os.devnull) as maps:
        blas = sorted({os.path.basename(line.split()[-1]) for line in maps if "blas" in line or "mkl" in line})
    return f"{np.__version__}, {', '.join(blas)}"


answer(version=version() + f", Python {sys.version.split()[0]}")
for line in iter(sys.stdin.readline, ""):
    try:
        serve(json.loads(line))
    except NotImplementedError as e:
        answer(unsupported=str(e))
    except Exception as e:  # whatever a library throws is a result
        answer(error=f"{type(e).__name__}: {e}")
