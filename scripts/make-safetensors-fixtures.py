#!/usr/bin/env python3
"""Writes the files of src/core/test/resources/safetensors with the safetensors at hand. The tests read them and know these values."""
import pathlib
import numpy as np
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as torch_file

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

# bits of zeros, subnormals, ones and their neighbours, the largest numbers, infinities and NaN of both kinds of halves
bits = np.array([[0, 0x8000, 1, 0x83FF, 0x3C00, 0xBC01], [0x7BFF, 0x7C00, 0xFC00, 0x7E01, 0x3F80, 0x3F81], [0x7F7F, 0x7F80, 0xFF80, 0x7FC1, 0x5555, 0x0080]], np.uint16)
halves = {"f2": torch.from_numpy(bits.view(np.float16)), "bf2": torch.from_numpy(bits.copy()).view(torch.bfloat16)}
halves["c8"] = torch.from_numpy(values("f4", (2, 3)) + 1j * (values("f4", (2, 3)) - 3)).to(torch.complex64)
torch_file(halves, out / "halves.safetensors")

save_file({name: values(name, (3,)) for name in ["f2", "f4", "c8", "u1", "i1", "u2", "i2", "u4", "u8"]}, out / "others.safetensors")
