"""conv, conv_transpose, pooling: results and gradients for f_windows_test.cc."""
import torch
import torch.nn.functional as F

from golden import Golden


def differentiate(g, name, function, **inputs):
    """Puts inputs, result `y`, a cotangent `dy` and the gradients `d<input>` it gives."""
    leaves = {key: t.clone().requires_grad_(True) for key, t in inputs.items()}
    y = function(**leaves)
    dy = g.rand(*y.shape)
    grads = torch.autograd.grad(y, list(leaves.values()), dy)
    g.put(name, y=y, dy=dy, **inputs, **{"d" + key: t for key, t in zip(leaves, grads)})


CONV = {  # input, weight, arguments
    "1d": ((2, 3, 9), (4, 3, 3), {}),
    "1d_all": ((2, 4, 11), (6, 2, 3), dict(stride=2, padding=2, dilation=2, groups=2)),
    "2d": ((2, 3, 6, 7), (5, 3, 3, 3), dict(padding=1)),
    "2d_stride": ((2, 2, 8, 9), (3, 2, 3, 2), dict(stride=(2, 3), padding=(1, 0))),
    "2d_leftover": ((1, 2, 8, 8), (2, 2, 3, 3), dict(stride=3)),
    "2d_dilation": ((1, 2, 9, 8), (2, 2, 3, 3), dict(dilation=(2, 3), padding=2)),
    "2d_groups": ((2, 4, 5, 5), (6, 2, 3, 3), dict(groups=2, padding=1)),
    "2d_depthwise": ((2, 3, 6, 6), (6, 1, 3, 3), dict(groups=3, padding=1, stride=2)),
    "2d_pointwise": ((2, 5, 4, 4), (3, 5, 1, 1), {}),
    "2d_whole": ((2, 3, 4, 4), (6, 3, 4, 4), {}),
    "2d_unbatched": ((3, 5, 5), (2, 3, 3, 3), {}),
}
TRANSPOSE = {
    "1d": ((2, 3, 5), (3, 4, 3), dict(stride=2)),
    "2d": ((2, 3, 4, 5), (3, 2, 3, 3), dict(stride=2, padding=1, output_padding=1)),
    "2d_all": ((1, 4, 3, 4), (4, 3, 2, 3), dict(stride=(2, 3), padding=(0, 1), dilation=(2, 1), groups=2,
                                               output_padding=(1, 0))),
    "2d_crop": ((1, 2, 5, 5), (2, 2, 2, 2), dict(padding=2)),
}

MAX_POOL = {
    "1d": ((2, 3, 9), 3, {}),
    "1d_all": ((2, 10), 3, dict(stride=2, padding=1, dilation=2)),
    "2d": ((2, 3, 6, 8), 2, {}),
    "2d_overlap": ((2, 2, 7, 9), 3, dict(stride=2, padding=1)),
    "2d_ceil": ((1, 2, 8, 8), 3, dict(stride=2, ceil_mode=True)),
    "2d_ceil_padded": ((1, 2, 7, 6), (2, 3), dict(stride=(2, 3), padding=(1, 1), ceil_mode=True)),
    "2d_dilation": ((1, 2, 9, 8), (3, 2), dict(stride=1, dilation=(2, 3))),
    "2d_unbatched": ((2, 6, 6), 2, dict(stride=1)),
}
AVG_POOL = {
    "1d": ((2, 3, 9), 3, dict(stride=2)),
    "2d": ((2, 3, 6, 8), 2, {}),
    "2d_overlap": ((2, 2, 7, 9), 3, dict(stride=2, padding=1)),
    "2d_without_padding": ((2, 2, 7, 9), 3, dict(stride=2, padding=1, count_include_pad=False)),
    "2d_ceil": ((1, 2, 8, 8), 3, dict(stride=2, ceil_mode=True)),
    "2d_ceil_padded": ((1, 2, 7, 6), (2, 3), dict(stride=(2, 3), padding=(1, 1), ceil_mode=True)),
    "2d_ceil_without_padding": ((1, 2, 7, 6), (2, 3), dict(stride=(2, 3), padding=(1, 1), ceil_mode=True,
                                                          count_include_pad=False)),
    "2d_divisor": ((1, 2, 6, 6), 2, dict(divisor_override=3)),
}
ADAPTIVE = {
    "1d": ((2, 3, 10), 4),
    "2d": ((2, 3, 8, 6), (4, 3)),
    "2d_uneven": ((2, 2, 7, 5), (3, 4)),
    "2d_global": ((2, 3, 5, 7), (1, 1)),
    "2d_larger": ((1, 2, 3, 4), (5, 6)),
    "2d_keep": ((1, 2, 6, 5), (3, None)),
}


def pools(g, kind, cases, functions):
    for name, (x, kernel, kwargs) in cases.items():
        g.seed(kind + name)
        differentiate(g, kind + name, lambda x: functions["1d" in name](x, kernel, **kwargs), x=g.rand(*x))


with Golden(__file__) as g:
    for name, (x, w, kwargs) in CONV.items():
        g.seed("conv/" + name)
        run = F.conv1d if "1d" in name else F.conv2d
        differentiate(g, "conv/" + name, lambda x, w: run(x, w, **kwargs), x=g.rand(*x), w=g.rand(*w))
    for name, (x, w, kwargs) in TRANSPOSE.items():
        g.seed("transpose/" + name)
        run = F.conv_transpose1d if "1d" in name else F.conv_transpose2d
        differentiate(g, "transpose/" + name, lambda x, w: run(x, w, **kwargs), x=g.rand(*x),
                      w=g.rand(*w))
    # The gradient of a gradient's norm.
    g.seed("second")
    x = g.rand(2, 2, 5, 5).requires_grad_(True)
    w = g.rand(3, 2, 3, 3).requires_grad_(True)
    y = torch.tanh(F.conv2d(x, w, padding=1, stride=2)).sum()
    dx, = torch.autograd.grad(y, x, create_graph=True)
    penalty = (dx * dx).sum()
    gx, gw = torch.autograd.grad(penalty, [x, w])
    g.put("second", x=x, w=w, penalty=penalty, gx=gx, gw=gw)
    pools(g, "max_pool/", MAX_POOL, {True: F.max_pool1d, False: F.max_pool2d})
    pools(g, "avg_pool/", AVG_POOL, {True: F.avg_pool1d, False: F.avg_pool2d})
    for name, (x, output) in ADAPTIVE.items():
        g.seed("adaptive/" + name)
        x = g.rand(*x)
        differentiate(g, "adaptive_avg/" + name,
                      lambda x: (F.adaptive_avg_pool1d if "1d" in name else F.adaptive_avg_pool2d)(x, output), x=x)
        differentiate(g, "adaptive_max/" + name,
                      lambda x: (F.adaptive_max_pool1d if "1d" in name else F.adaptive_max_pool2d)(x, output), x=x)
    # Ties, and a NaN, in windows that overlap.
    x = torch.tensor([[1.0, 3, 3, 2, 2, 2, 0, 5, 5, 5]], dtype=torch.float64)
    differentiate(g, "max_pool_ties", lambda x: F.max_pool1d(x, 3, stride=2, padding=1), x=x)
    x = g.rand(2, 3, 6, 7)
    y, i = F.max_pool2d(x, (3, 2), stride=(2, 1), padding=1, return_indices=True)
    g.put("max_pool_indices", x=x, y=y, i=i)
