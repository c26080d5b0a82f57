#!/usr/bin/env python3
"""Writes the .npy and .npz files of src/core/test/resources/npy with the NumPy at hand. The tests read them and know these values."""
import pathlib
import numpy as np
from numpy.lib import format

out = pathlib.Path(__file__).resolve().parent.parent / "src/core/test/resources/npy"
out.mkdir(parents=True, exist_ok=True)


def values(dtype, shape):
    """Element i is (7 i mod 11) - 5, without a sign for unsigned, odd or not for bool, 3 less in the imaginary part of complex."""
    i = np.arange(int(np.prod(shape))).reshape(shape)
    v = 7 * i % 11 - 5
    if np.dtype(dtype).kind == "b":
        return v % 2 != 0
    if np.dtype(dtype).kind == "c":
        return (v + 1j * (v - 3)).astype(dtype)
    return (abs(v) if np.dtype(dtype).kind == "u" else v).astype(dtype)


for name in ["f4", "f8", "f2", "c8", "c16", "i4", "i8", "b1", "i1", "u1", "i2", "u2", "u4"]:
    np.save(out / f"{name}.npy", values(name, (2, 3, 4)))
for name in [">f4", ">f8", ">f2", ">c8", ">c16", ">i4", ">i8", ">u2"]:
    np.save(out / f"big-{name[1:]}.npy", values(name, (2, 3, 4)))
np.save(out / "fortran.npy", np.asfortranarray(values("f8", (2, 3, 4))))
np.save(out / "scalar.npy", np.float64(2.5))
np.save(out / "empty.npy", np.zeros((3, 0, 2), np.float32))
np.save(out / "vector.npy", values("f8", (5,)))
for version in [(2, 0), (3, 0)]:
    with open(out / f"version{version[0]}.npy", "wb") as f:
        format.write_array(f, values("f8", (2, 3, 4)), version=version)
np.savez(out / "stored.npz", a=values("f8", (2, 3)), b=values("i4", (4,)))
np.savez_compressed(out / "compressed.npz", zeros=np.zeros((100, 100)), b=values("i4", (4,)))
np.save(out / "refused-long-double.npy", np.zeros(2, np.longdouble))
np.save(out / "refused-object.npy", np.array([1, None]), allow_pickle=True)
np.save(out / "refused-structured.npy", np.zeros(2, [("x", "<f4"), ("y", "<i4")]))
