#!/usr/bin/env python3
"""Writes the files of src/core/test/resources/safetensors with the safetensors at hand. The tests read them and know these values."""
import pathlib
import numpy as np
from safetensors.numpy import save_file

out = pathlib.Path(__file__).resolve().parent.parent / "src/core/test/resources/safetensors"
out.mkdir(parents=True, exist_ok=True)


def values(dtype, shape):
    """Element i is (7 i mod 11) - 5, without a sign for unsigned, odd or not for bool."""
    i = np.arange(int(np.prod(shape))).reshape(shape)
    v = 7 * i % 11 - 5
    if np.dtype(dtype).kind == "b":
        return v % 2 != 0
    return (abs(v) if np.dtype(dtype).kind == "u" else v).astype(dtype)


known = {name: values(name, (2, 3, 4)) for name in ["f4", "f8", "i4", "i8", "b1"]}
known["special"] = np.array([0x7FC00001, 0x80000000, 0x00000001, 0xFF800000], np.uint32).view(np.float32)
known["scalar"] = np.array(2.5)
known["empty"] = np.zeros((3, 0, 2), np.float32)
known['layers.0/"\u00e4\u20ac\U0001f600"\\\n\x01'] = values("i4", (5,))
save_file(known, out / "known.safetensors", {"written by": 'Python\'s "safetensors"\n'})
save_file({}, out / "nothing.safetensors")

save_file({name: values(name, (3,)) for name in ["f2", "f4", "c8", "u1", "i1", "u2", "i2", "u4", "u8"]}, out / "others.safetensors")
