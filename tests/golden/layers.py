"""Linear maps, shapes and tables: see golden.py."""
import torch
import torch.nn as nn
from golden import Golden


def rotary(x, interleaved=False, offset=0, base=10000.0):
    t, d = x.shape[-2:]
    frequency = base ** (-torch.arange(0, d, 2).double() / d)
    angle = (torch.arange(t).double() + offset)[:, None] * frequency
    c, s = angle.cos(), angle.sin()
    if interleaved:
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack([a * c - b * s, b * c + a * s], -1).flatten(-2)
    a, b = x.chunk(2, -1)
    return torch.cat([a * c - b * s, b * c + a * s], -1)


with Golden(__file__) as g:
    g.seed("inputs")
    row, cube, other = g.rand(3), g.rand(2, 4, 3), g.rand(2, 4, 5)
    cases = {
        "linear": (nn.Linear(3, 5), cube),
        "linear_matrix": (nn.Linear(3, 2), cube[0]),
        "linear_row": (nn.Linear(3, 4, bias=False), row),
        "linear_one": (nn.Linear(1, 1), cube[:, :, :1]),
        "linear_empty": (nn.Linear(3, 5), cube[:, :0]),
        "bilinear": (nn.Bilinear(3, 5, 4), cube, other),
        "bilinear_plain": (nn.Bilinear(3, 5, 2, bias=False), cube[0], other[0]),
        "identity": (nn.Identity(), cube),
        "flatten": (nn.Flatten(), cube),
        "flatten_dims": (nn.Flatten(0, 1), cube),
        "unflatten": (nn.Unflatten(1, (2, 2)), cube),
        "unflatten_rest": (nn.Unflatten(-2, (-1, 2)), cube),
    }
    cases.update({
        "linear_none": (nn.Linear(3, 5, bias=False), cube[:0]),
        "bilinear_one": (nn.Bilinear(1, 1, 1), cube[:, :, :1], other[:, :, :1]),
        "bilinear_row": (nn.Bilinear(3, 5, 2), row, other[0, 0]),
        "flatten_empty": (nn.Flatten(), cube[:0]),
        "flatten_last": (nn.Flatten(-2, -1), cube),
    })
    for name, (module, *inputs) in cases.items():
        g.record("linear/" + name, module, *inputs)
    indices = torch.tensor([[1, 0, 4], [4, 2, 1]])
    g.record("embedding/plain", nn.Embedding(5, 3), indices)
    g.record("embedding/row", nn.Embedding(5, 3), indices[0])
    g.record("embedding/scalar", nn.Embedding(5, 3), indices[0, 0])
    g.record("embedding/padding", nn.Embedding(5, 3, padding_idx=4), indices)
    g.record("embedding/padding_last", nn.Embedding(5, 2, padding_idx=-4), indices)
    g.record("embedding/empty", nn.Embedding(5, 3), indices[:, :0])
    g.record("embedding/cube", nn.Embedding(5, 2, padding_idx=0), indices.reshape(1, 2, 3))
    g.record("embedding/one", nn.Embedding(1, 1), 0 * indices[0])
    x = g.rand(2, 5, 6)
    g.record("rotary/halves", rotary, x)
    g.record("rotary/interleaved", lambda t: rotary(t, True, 3), x)
