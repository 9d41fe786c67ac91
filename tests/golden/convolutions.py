"""Convolutions as layers: see golden.py."""
import torch.nn as nn
from golden import Golden

with Golden(__file__) as g:
    g.seed("inputs")
    line, image, volume = g.rand(2, 4, 7), g.rand(2, 4, 6, 5), g.rand(1, 2, 3, 4, 3)
    cases = {
        "conv1d": (nn.Conv1d(4, 3, 3), line),
        "conv1d_all": (nn.Conv1d(4, 6, 3, 2, 2, 2, 2, False), line),
        "conv1d_same": (nn.Conv1d(4, 2, 4, padding="same"), line),
        "conv1d_one": (nn.Conv1d(4, 3, 1), line[0]),
        "conv2d": (nn.Conv2d(4, 3, 3), image),
        "conv2d_1x1": (nn.Conv2d(4, 5, 1, bias=False), image),
        "conv2d_stride": (nn.Conv2d(4, 3, (3, 2), stride=(2, 1), padding=(1, 0)), image),
        "conv2d_dilation": (nn.Conv2d(4, 2, 2, dilation=(2, 3), padding=1), image),
        "conv2d_groups": (nn.Conv2d(4, 6, 3, groups=2, padding=1), image),
        "conv2d_depthwise": (nn.Conv2d(4, 8, 3, groups=4, padding=1, bias=False), image),
        "conv2d_same": (nn.Conv2d(4, 2, (3, 2), padding="same", dilation=(1, 2)), image),
        "conv2d_valid": (nn.Conv2d(4, 2, 2, padding="valid"), image),
        "conv2d_whole": (nn.Conv2d(4, 2, (6, 5)), image),
        "conv2d_reflect": (nn.Conv2d(4, 2, 3, padding=(2, 1), padding_mode="reflect"), image),
        "conv2d_replicate": (nn.Conv2d(4, 2, 3, padding=2, stride=2, padding_mode="replicate"),
                             image),
        "conv2d_circular": (nn.Conv2d(4, 2, 3, padding="same", padding_mode="circular"), image),
        "conv2d_one": (nn.Conv2d(4, 3, 3, padding=1), image[0]),
        "conv3d": (nn.Conv3d(2, 2, 2, padding=(1, 0, 0)), volume),
        "transpose1d": (nn.ConvTranspose1d(4, 3, 3), line),
        "transpose1d_all": (nn.ConvTranspose1d(4, 2, 3, 2, 1, 1, 2, False, 2), line),
        "transpose2d": (nn.ConvTranspose2d(4, 3, 2), image),
        "transpose2d_stride": (nn.ConvTranspose2d(4, 3, (3, 2), stride=(2, 3), padding=(1, 0)),
                               image),
        "transpose2d_output": (nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1),
                               image),
        "transpose2d_groups": (nn.ConvTranspose2d(4, 6, 2, groups=2, dilation=2), image),
        "transpose2d_one": (nn.ConvTranspose2d(4, 2, 2, bias=False), image[0]),
        "transpose3d": (nn.ConvTranspose3d(2, 2, 2, stride=2), volume),
        "conv1d_reflect": (nn.Conv1d(4, 2, 3, padding=2, padding_mode="reflect"), line),
        "conv1d_circular": (nn.Conv1d(4, 2, 4, padding=(1,), padding_mode="circular"), line),
        "conv1d_point": (nn.Conv1d(1, 1, 1), line[:1, :1, :1]),
        "conv1d_empty": (nn.Conv1d(4, 3, 3), line[:0]),
        "conv2d_point": (nn.Conv2d(4, 3, 3, padding=1), image[:, :, :1, :1]),
        "conv2d_empty": (nn.Conv2d(4, 3, 3), image[:0]),
        "transpose1d_one": (nn.ConvTranspose1d(4, 2, 1), line[0]),
        "transpose2d_point": (nn.ConvTranspose2d(4, 2, (2, 3), dilation=(1, 2)), image[:, :, :1, :1]),
        "transpose2d_depthwise": (nn.ConvTranspose2d(4, 4, 3, 2, 1, groups=4), image),
        "transpose2d_empty": (nn.ConvTranspose2d(4, 2, 2), image[:0]),
    }
    for name, (module, x) in cases.items():
        g.record("conv/" + name, module, x)
