"""Normalizations: see golden.py."""
import torch
import torch.nn as nn
from golden import Golden


class RMSNorm(nn.Module):
    """As torch.nn.RMSNorm since 2.4."""

    def __init__(self, shape, eps=None, elementwise_affine=True):
        super().__init__()
        self.shape, self.eps, self.affine = shape, eps, elementwise_affine
        self.weight = nn.Parameter(torch.ones(shape)) if elementwise_affine else None

    def forward(self, x):
        dims = tuple(range(-len(self.shape), 0))
        eps = torch.finfo(x.dtype).eps if self.eps is None else self.eps
        y = x * torch.rsqrt((x * x).mean(dims, keepdim=True) + eps)
        return y if self.weight is None else y * self.weight

    def extra_repr(self):
        return f"{tuple(self.shape)}, eps={self.eps}, elementwise_affine={self.affine}"


with Golden(__file__) as g:
    g.seed("inputs")
    row, line, image, volume = g.rand(5, 3), g.rand(4, 3, 5), g.rand(2, 4, 3, 2), g.rand(2, 2, 2, 3, 1)
    cases = {
        "batch_norm1d_row": (nn.BatchNorm1d(3), row),
        "batch_norm1d_line": (nn.BatchNorm1d(3), line),
        "batch_norm2d": (nn.BatchNorm2d(4), image),
        "batch_norm2d_options": (nn.BatchNorm2d(4, eps=0.125, momentum=0.25), image),
        "batch_norm2d_cumulative": (nn.BatchNorm2d(4, momentum=None), image),
        "batch_norm2d_plain": (nn.BatchNorm2d(4, affine=False), image),
        "batch_norm2d_untracked": (nn.BatchNorm2d(4, track_running_stats=False), image),
        "batch_norm2d_untracked_eval": (nn.BatchNorm2d(4, track_running_stats=False).eval(), image),
        "batch_norm2d_eval": (nn.BatchNorm2d(4).eval(), image),
        "batch_norm2d_plain_eval": (nn.BatchNorm2d(4, affine=False).eval(), image),
        "batch_norm3d": (nn.BatchNorm3d(2), volume),
        "layer_norm": (nn.LayerNorm(5), line),
        "layer_norm_two": (nn.LayerNorm((3, 5), eps=0.125), line),
        "layer_norm_plain": (nn.LayerNorm(2, elementwise_affine=False), image),
        "rms_norm": (RMSNorm((5,)), line),
        "rms_norm_two": (RMSNorm((3, 2), eps=0.125), image),
        "rms_norm_plain": (RMSNorm((5,), elementwise_affine=False), line),
        "group_norm": (nn.GroupNorm(2, 4), image),
        "group_norm_one": (nn.GroupNorm(1, 3, eps=0.125), line),
        "group_norm_row": (nn.GroupNorm(1, 3, affine=False), row),
        "instance_norm1d": (nn.InstanceNorm1d(3), line),
        "instance_norm2d": (nn.InstanceNorm2d(4, affine=True), image),
        "instance_norm2d_one": (nn.InstanceNorm2d(4), image[0]),
        "instance_norm2d_tracked": (nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
                                    image),
        "instance_norm2d_eval": (nn.InstanceNorm2d(4, track_running_stats=True).eval(), image),
        "batch_norm1d_two": (nn.BatchNorm1d(3), row[:2]),
        "batch_norm1d_one_eval": (nn.BatchNorm1d(3).eval(), row[:1]),
        "batch_norm2d_point": (nn.BatchNorm2d(4, momentum=1.0), image[:, :, :1, :1]),
        "batch_norm2d_empty_eval": (nn.BatchNorm2d(4).eval(), image[:0]),
        "layer_norm_point": (nn.LayerNorm(1), line[:, :, :1]),
        "layer_norm_row": (nn.LayerNorm(3), row[0]),
        "layer_norm_empty": (nn.LayerNorm(5), line[:0]),
        "group_norm_each": (nn.GroupNorm(4, 4), image),
        "group_norm_empty": (nn.GroupNorm(2, 4), image[:0]),
        "instance_norm2d_line": (nn.InstanceNorm2d(4, eps=0.125, affine=True), image[:, :, :1]),
    }
    for name, (module, x) in cases.items():
        g.record("norm/" + name, module, x)
    g.record("function/normalize", torch.nn.functional.normalize, line)
    g.record("function/normalize_p1",
             lambda x: torch.nn.functional.normalize(x, p=1, dim=-1, eps=2.0), line)
