"""Pooling as layers: see golden.py."""
import torch.nn as nn
from golden import Golden

with Golden(__file__) as g:
    g.seed("inputs")
    line, image = g.rand(2, 3, 7), g.rand(2, 3, 5, 6)
    cases = {
        "max1d": (nn.MaxPool1d(3), line),
        "max1d_all": (nn.MaxPool1d(3, 2, 1, 2, ceil_mode=True), line),
        "max1d_one": (nn.MaxPool1d(2), line[0]),
        "max2d": (nn.MaxPool2d(2), image),
        "max2d_resnet": (nn.MaxPool2d(3, stride=2, padding=1), image),
        "max2d_all": (nn.MaxPool2d((2, 3), (1, 2), padding=(1, 0), dilation=(2, 1)), image),
        "max2d_ceil": (nn.MaxPool2d(2, ceil_mode=True), image),
        "max2d_one": (nn.MaxPool2d(2), image[0]),
        "avg1d": (nn.AvgPool1d(2), line),
        "avg1d_all": (nn.AvgPool1d(3, 2, 1, ceil_mode=True), line),
        "avg2d": (nn.AvgPool2d(2), image),
        "avg2d_all": (nn.AvgPool2d((3, 2), (2, 1), padding=(1, 0)), image),
        "avg2d_inside": (nn.AvgPool2d(3, 2, padding=1, count_include_pad=False), image),
        "avg2d_ceil": (nn.AvgPool2d(2, ceil_mode=True), image),
        "avg2d_divisor": (nn.AvgPool2d(2, divisor_override=3), image),
        "adaptive_avg1d": (nn.AdaptiveAvgPool1d(3), line),
        "adaptive_avg2d": (nn.AdaptiveAvgPool2d((1, 1)), image),
        "adaptive_avg2d_odd": (nn.AdaptiveAvgPool2d((3, None)), image),
        "adaptive_avg2d_more": (nn.AdaptiveAvgPool2d(7), image),
        "adaptive_max1d": (nn.AdaptiveMaxPool1d(2), line),
        "adaptive_max2d": (nn.AdaptiveMaxPool2d((2, 4)), image),
        "max1d_point": (nn.MaxPool1d(1), line[:1, :1, :1]),
        "max2d_empty": (nn.MaxPool2d(2), image[:0]),
        "max2d_whole": (nn.MaxPool2d((5, 6)), image),
        "avg1d_inside": (nn.AvgPool1d(3, 3, 1, count_include_pad=False), line),
        "avg1d_one": (nn.AvgPool1d(2), line[0]),
        "avg2d_empty": (nn.AvgPool2d(2), image[:0]),
        "avg2d_one": (nn.AvgPool2d(2), image[0]),
        "avg2d_point": (nn.AvgPool2d(1), image[:, :, :1, :1]),
        "adaptive_avg2d_one": (nn.AdaptiveAvgPool2d((2, 3)), image[0]),
        "adaptive_avg2d_empty": (nn.AdaptiveAvgPool2d(2), image[:0]),
    }
    for name, (module, x) in cases.items():
        g.record("pool/" + name, module, x)
