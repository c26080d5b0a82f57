#!/usr/bin/env python3
"""Times PyTorch, CuPy and JAX on a CUDA card on the rows of src/bench/main/java/kron4j/bench/gpu/CudaBench.java, and prints one table.

    scripts/gpu-peers.py [--ours results/bench.jsonl] [-m REGEX] [--seconds S] [--json FILE]

Medians of many repeats, the device waited for in each, random inputs, results compared among the peers. Where a library has several natural ways to a
row, the fastest counts. A peer that is not installed, or that a row fails in, is reported so. With --ours, times of a run of CudaBench on the same
card stand beside them. Copy and fill give the card's bandwidth; the share of it is what a row's fewest bytes took of that.
"""

import argparse
import csv
import json
import math
import os
import re
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BYTES = {"float64": 8, "float32": 4}


def find(*candidates):
    for candidate in candidates:
        path = os.path.join(HERE, candidate)
        if os.path.exists(path):
            return path
    sys.exit(f"gpu-peers: none of {', '.join(candidates)} beside {HERE}")


def rows():
    """The rows of the benchmark, as they stand in its source or beside this script in the bundle."""
    with open(find("../src/bench/main/java/kron4j/bench/gpu/CudaBench.java", "CudaBench.java")) as source:
        text = source.read()
    return re.findall(r'"((?:copy|fill|kron|einsum|matmul|slogdet|kronApply|tccg|kru|kruCaptured) [^"]+)"', text)


def tccg(number):
    with open(find("../src/core/test/resources/tccg48.csv", "tccg48.csv")) as table:
        row = next(r for r in csv.DictReader(table) if r["id"] == number)
    return row["einsum_rowmajor"] + " " + next(v for k, v in row.items() if k.startswith("sizes")).replace("=", "")


def dims(text):
    return tuple(int(n) for n in text.split("x"))


def sizes(words):
    return {w[0]: int(w[1:]) for w in words}


class Torch:
    name = "torch"

    def __init__(self):
        import torch

        if not torch.cuda.is_available():
            raise ImportError("torch sees no CUDA card")
        torch.backends.cuda.matmul.allow_tf32 = False
        self.np = self.torch = torch
        self.version = torch.__version__

    def random(self, dtype, *shape):
        return self.torch.rand(shape, dtype=getattr(self.torch, dtype), device="cuda") * 2 - 1

    def wait(self):
        self.torch.cuda.synchronize()

    def sample(self, x):
        flat = x.reshape(-1)
        return [float(flat[i]) for i in picks(flat.shape[0])]

    def from_host(self, values, dtype):
        return self.torch.tensor(values, dtype=getattr(self.torch, dtype), device="cuda")

    def copy(self, x):
        return {"clone": lambda: x.clone()}

    def fill(self, x):
        return {"full_like": lambda: self.torch.full_like(x, 0.5)}

    def kron(self, a, b):
        ways = {"broadcast": lambda: broadcast_kron(a, b)}
        if a.ndim == 2:
            ways["kron"] = lambda: self.torch.kron(a, b)
        return ways

    def einsum(self, equation, operands):
        return {"einsum": lambda: self.torch.einsum(equation, *operands).contiguous()}

    def matmul(self, a, b):
        return {"bmm": lambda: self.torch.bmm(a, b)}

    def slogdet(self, a):
        return {"linalg.slogdet": lambda: self.torch.linalg.slogdet(a)[1]}

    def kron_apply(self, factors, x):
        ways = {"matmul chain": lambda: chain(self.torch.matmul, factors, x)}
        try:
            from linear_operator.operators import DenseLinearOperator, KroneckerProductLinearOperator

            operator = KroneckerProductLinearOperator(*(DenseLinearOperator(f) for f in factors))
            ways["linear_operator"] = lambda: operator.matmul(x)
        except ImportError:
            pass
        return ways

    def training(self, start, loss, captured):
        torch = self.torch

        def fresh():
            return [p.clone().requires_grad_() for p in start]

        def step(parameters, loss):
            value = loss(parameters)
            gradients = torch.autograd.grad(value, parameters)
            with torch.no_grad():
                torch._foreach_add_(parameters, gradients, alpha=-RATE)
            return value.detach()

        if not captured:
            eager = fresh()
            return {"eager": lambda: step(eager, loss)}
        compiled, recorded = fresh(), fresh()
        ready = torch.compile(loss, mode="reduce-overhead")
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                step(recorded, loss)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            value = step(recorded, loss)
        with torch.no_grad():
            for p, q in zip(recorded, start):
                p.copy_(q)

        def replay():
            graph.replay()
            return value

        return {"CUDA graph": replay, "compile": lambda: step(compiled, ready)}


class Cupy:
    name = "cupy"

    def __init__(self):
        import cupy

        if cupy.cuda.runtime.getDeviceCount() == 0:
            raise ImportError("cupy sees no CUDA card")
        self.np = cupy
        self.version = cupy.__version__

    def random(self, dtype, *shape):
        return self.np.random.uniform(-1, 1, shape).astype(dtype)

    def wait(self):
        self.np.cuda.Device().synchronize()

    def sample(self, x):
        flat = x.reshape(-1)
        return [float(flat[i]) for i in picks(flat.shape[0])]

    def from_host(self, values, dtype):
        return self.np.asarray(values, dtype=dtype)

    def copy(self, x):
        return {"copy": lambda: x.copy()}

    def fill(self, x):
        return {"full_like": lambda: self.np.full_like(x, 0.5)}

    def kron(self, a, b):
        ways = {"broadcast": lambda: broadcast_kron(a, b)}
        if a.ndim == 2:
            ways["kron"] = lambda: self.np.kron(a, b)
        return ways

    def einsum(self, equation, operands):
        return {"einsum": lambda: self.np.ascontiguousarray(self.np.einsum(equation, *operands))}

    def matmul(self, a, b):
        return {"matmul": lambda: self.np.matmul(a, b)}

    def slogdet(self, a):
        return {"linalg.slogdet": lambda: self.np.linalg.slogdet(a)[1]}

    def kron_apply(self, factors, x):
        return {"matmul chain": lambda: chain(self.np.matmul, factors, x)}

    def training(self, start, loss, captured):
        raise ValueError("no gradients")


class Jax:
    name = "jax"

    def __init__(self):
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
        import jax
        import jax.numpy

        jax.config.update("jax_enable_x64", True)
        jax.config.update("jax_default_matmul_precision", "highest")
        if jax.default_backend() != "gpu":
            raise ImportError("jax sees no CUDA card")
        self.jax, self.np = jax, jax.numpy
        self.version = jax.__version__
        self.last = None
        self.key = 0

    def random(self, dtype, *shape):
        self.key += 1
        return self.jax.random.uniform(self.jax.random.PRNGKey(self.key), shape, dtype, -1, 1)

    def wait(self):
        if self.last is not None:
            self.last.block_until_ready()

    def sample(self, x):
        flat = x.reshape(-1)
        return [float(flat[i]) for i in picks(flat.shape[0])]

    def from_host(self, values, dtype):
        return self.np.asarray(values, dtype)

    def compiled(self, name, function, *operands):
        ready = self.jax.jit(function)

        def call():
            self.last = ready(*operands)
            return self.last

        return {name: call}

    def copy(self, x):
        return self.compiled("copy", lambda x: self.np.array(x, copy=True), x)

    def fill(self, x):
        return self.compiled("full_like", lambda x: self.np.full_like(x, 0.5), x)

    def kron(self, a, b):
        ways = self.compiled("broadcast", broadcast_kron, a, b)
        return {**ways, **(self.compiled("kron", self.np.kron, a, b) if a.ndim == 2 else {})}

    def einsum(self, equation, operands):
        return self.compiled("einsum", lambda *o: self.np.einsum(equation, *o), *operands)

    def matmul(self, a, b):
        return self.compiled("matmul", self.np.matmul, a, b)

    def slogdet(self, a):
        return self.compiled("linalg.slogdet", lambda a: self.np.linalg.slogdet(a)[1], a)

    def kron_apply(self, factors, x):
        return self.compiled("matmul chain", lambda x, *f: chain(self.np.matmul, f, x), x, *factors)

    def training(self, start, loss, captured):
        if not captured:
            raise ValueError("only compiled")
        slope = self.jax.value_and_grad(loss)

        @self.jax.jit
        def step(parameters):
            value, gradients = slope(parameters)
            return [p - RATE * g for p, g in zip(parameters, gradients)], value

        parameters = start

        def call():
            nonlocal parameters
            parameters, self.last = step(parameters)
            return self.last

        return {"jit": call}


RATE = 0.1


def unit_loss(library, n, dtype):
    """The parameters of a Kronecker recurrent unit of f factors p x p with a linear layer, and its loss on b sequences of t numbers."""
    np, width = library.np, n["p"] ** n["f"]
    factors = [np.linalg.qr(library.random(dtype, n["p"], n["p"]))[0] for _ in range(n["f"])]
    scale = (6 / (width + 1)) ** 0.5
    parameters = [
        *factors,
        library.random(dtype, width) * scale,
        library.random(dtype, width) * 0,
        library.random(dtype, width, 10) * scale,
        library.random(dtype, 10) * 0,
    ]
    x = library.random(dtype, n["t"], n["b"], 1)
    # Of each sequence the label is a class, as a row of zeros and a one.
    labels = library.from_host([[float(j == i % 10) for j in range(10)] for i in range(n["b"])], dtype)

    def loss(parameters):
        *recurrent, u, bias, v, c = parameters
        h = None
        for t in range(n["t"]):
            driven = x[t] * u + bias
            h = np.tanh(driven if h is None else driven + chain(np.matmul, recurrent, h, n["b"]))
        logits = h @ v + c
        return (np.log(np.exp(logits).sum(-1)) - (logits * labels).sum(-1)).mean()

    return parameters, loss


def broadcast_kron(a, b):
    product = a[..., :, None, :, None] * b[..., None, :, None, :]
    *batch, m, p, n, q = product.shape
    return product.reshape(*batch, m * p, n * q)


def chain(matmul, factors, x, before=1):
    """(F1 (x) F2 (x) ...) x, factor by factor: the data is [before, n, after] at each. With rows of x before it, of each row."""
    columns = x.shape[1]
    y = x
    for f in factors:
        m, n = f.shape
        y = matmul(f, y.reshape(before, n, -1))
        before *= m
    return y.reshape(-1, columns)


def picks(n):
    return sorted({(i * 2654435761) % n for i in range(8)})


def work(library, row, dtype):
    """The ways to the row, and its fewest bytes."""
    operation, rest = row.split(" ", 1)
    size = BYTES[dtype]
    if operation == "tccg":
        operation, rest = "einsum", tccg(rest)
    if operation in ("copy", "fill"):
        x = library.random(dtype, int(rest))
        return getattr(library, operation)(x), (2 if operation == "copy" else 1) * int(rest) * size
    if operation == "kron":
        a, b = (library.random(dtype, *dims(t)) for t in rest.split())
        out = math.prod(a.shape) * math.prod(b.shape) // (a.shape[0] if a.ndim == 3 else 1)
        return library.kron(a, b), (math.prod(a.shape) + math.prod(b.shape) + out) * size
    if operation == "einsum":
        equation, *words = rest.split()
        n = sizes(words)
        terms, output = equation.split("->")
        operands = [library.random(dtype, *(n[c] for c in t)) for t in terms.split(",")]
        # A repeated label reads a diagonal only.
        read = sum(math.prod(n[c] for c in set(t)) for t in terms.split(","))
        return library.einsum(equation, operands), (read + math.prod(n[c] for c in output)) * size
    if operation in ("matmul", "slogdet"):
        n = sizes(rest.split())
        shape = (n["b"], n["n"], n["n"])
        a = library.random(dtype, *shape)
        if operation == "slogdet":
            return library.slogdet(a), (math.prod(shape) + 2 * n["b"]) * size
        return library.matmul(a, library.random(dtype, *shape)), 3 * math.prod(shape) * size
    if operation == "kronApply":
        *texts, columns = rest.split()
        factors = [library.random(dtype, *dims(t)) for t in texts]
        n = math.prod(f.shape[1] for f in factors)
        m = math.prod(f.shape[0] for f in factors)
        x = library.random(dtype, n, int(columns[1:]))
        return library.kron_apply(factors, x), (n + m) * int(columns[1:]) * size
    if operation in ("kru", "kruCaptured"):
        return library.training(*unit_loss(library, sizes(rest.split()), dtype), operation == "kruCaptured"), None
    raise ValueError(row)


def agree(library, ways, dtype):
    """All ways of a library give the same elements, so that none is timed on a wrong result."""
    samples = {way: library.sample(call()) for way, call in ways.items()}
    first = next(iter(samples.values()))
    scale = max(1.0, max(abs(x) for x in first))
    for way, sample in samples.items():
        for x, y in zip(first, sample):
            if not abs(x - y) <= 1e4 * (2.0**-23 if dtype == "float32" else 2.0**-52) * scale:
                raise ValueError(f"{way} gives {y}, another way {x}")


def median_us(library, call, seconds):
    for _ in range(2):
        call()
    library.wait()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(8):
            call()
        library.wait()
        times.append((time.perf_counter() - start) / 8)
    return statistics.median(times) * 1e6


def peers():
    found = []
    for library in (Torch, Cupy, Jax):
        try:
            found.append(library())
            print(f"{library.name} {found[-1].version}", file=sys.stderr)
        except Exception as e:  # Not installed, or not for this machine: said, not hidden.
            print(f"{library.name}: missing ({e})", file=sys.stderr)
    return found


def lines(path):
    """The objects of a file of JSON lines, of which the last may be cut and the whole may be missing."""
    if not path or not os.path.exists(path):
        return []
    found = []
    with open(path) as results:
        for line in results:
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found


def ours(path):
    return {(r["row"], r["dtype"]): r["us"] for r in lines(path) if "us" in r}


def measure(library, row, dtype, seconds):
    try:
        ways, fewest = work(library, row, dtype)
        agree(library, ways, dtype)
        way, us = min(((w, median_us(library, c, seconds)) for w, c in ways.items()), key=lambda t: t[1])
        return {"way": way, "us": us, "fewest": fewest}
    except Exception as e:  # One row that a peer cannot do is no reason to lose the others.
        return {"failed": str(e).splitlines()[0][:60] if str(e) else type(e).__name__}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", help="results of CudaBench (JSON lines)")
    parser.add_argument("-m", "--match", default="", help="rows that match this")
    parser.add_argument("--seconds", type=float, default=0.05, help="for each way of each row")
    parser.add_argument("--dtypes", default="float64,float32")
    parser.add_argument("--json", help="also write the times here, a line for each as it comes; those that are there already are not measured again")
    options = parser.parse_args()
    known = {(r["row"], r["dtype"], r["peer"]): r for r in lines(options.json)}
    libraries = peers()
    kron4j = ours(options.ours)
    if not libraries and not kron4j:
        sys.exit("no peer is at hand")
    names = [library.name for library in libraries]
    print("| row | dtype | Kron4J us | bare cuBLAS us | " + " | ".join(f"{n} us" for n in names) + " | best peer / Kron4J | share of copy |")
    print("| --- | --- | ---: | ---: | " + "---: | " * len(names) + "---: | ---: |", flush=True)
    bandwidth = {}
    for dtype in options.dtypes.split(","):
        for row in rows():
            if not re.search(options.match, row) and not row.startswith("copy"):
                continue
            cells, best, fewest = [], math.inf, None
            for library in libraries:
                result = known.get((row, dtype, library.name))
                if result is None:
                    result = {"row": row, "dtype": dtype, "peer": library.name, **measure(library, row, dtype, options.seconds)}
                    if options.json:
                        with open(options.json, "a") as out:
                            out.write(json.dumps(result) + "\n")
                if "us" in result:
                    best, fewest = min(best, result["us"]), result["fewest"] or fewest
                    cells.append(f"{result['us']:.1f} ({result['way']})")
                else:
                    cells.append(f"failed: {result['failed']}")
            mine = kron4j.get((row, dtype))
            bare = kron4j.get((row.replace("matmul", "cublas"), dtype)) if row.startswith("matmul") else None
            if row.startswith("copy") and (mine or best < math.inf):
                bandwidth[dtype] = 2 * int(row.split()[1]) * BYTES[dtype] / (mine or best)
            share = fewest / mine / bandwidth[dtype] if mine and fewest and dtype in bandwidth else None
            print(
                f"| {row} | {dtype} | {f'{mine:.1f}' if mine else ''} | {f'{bare:.1f}' if bare else ''} | "
                + "".join(f"{c} | " for c in cells)
                + (f"{best / mine:.2f} | " if mine and best < math.inf else " | ")
                + (f"{share:.2f} |" if share else " |"),
                flush=True,
            )


if __name__ == "__main__":
    main()
