"""Activations: see golden.py."""
import torch
import torch.nn as nn
from golden import Golden


class Hardsigmoid(nn.Module):
    """torch's own divides by 6 in f32 on its way back, also in f64."""

    def forward(self, x):
        return torch.nn.functional.relu6(x + 3) / 6


with Golden(__file__) as g:
    modules = {
        "relu": nn.ReLU(), "relu6": nn.ReLU6(inplace=True), "leaky_relu": nn.LeakyReLU(),
        "leaky_relu_slope": nn.LeakyReLU(0.3), "prelu": nn.PReLU(), "prelu_channels": nn.PReLU(4),
        "elu": nn.ELU(), "elu_alpha": nn.ELU(0.7), "selu": nn.SELU(), "celu": nn.CELU(0.625),
        "gelu": nn.GELU(), "gelu_tanh": nn.GELU("tanh"), "silu": nn.SiLU(), "mish": nn.Mish(),
        "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "logsigmoid": nn.LogSigmoid(),
        "softplus": nn.Softplus(), "softplus_beta": nn.Softplus(2.5, 3), "softsign": nn.Softsign(),
        "tanhshrink": nn.Tanhshrink(), "softshrink": nn.Softshrink(0.75),
        "hardshrink": nn.Hardshrink(), "hardtanh": nn.Hardtanh(-2.0, 0.5),
        "hardsigmoid": Hardsigmoid(), "hardswish": nn.Hardswish(),
        "threshold": nn.Threshold(0.1, 20), "glu": nn.GLU(), "glu_dim": nn.GLU(1),
        "softmax": nn.Softmax(-1), "softmax_dim": nn.Softmax(0), "softmin": nn.Softmin(1),
        "log_softmax": nn.LogSoftmax(-1),
    }
    # Kinks and saturation beside what lies between.
    kinks = torch.tensor([-100, -6, -3, -2, -0.75, -0.5, 0, 0.5, 0.75, 3, 6, 100]).double()
    for name, module in modules.items():
        g.seed(name)
        x = g.rand(2, 4, 6, low=-4, high=4)
        x[1, 1:3] = kinks.reshape(2, 6)
        g.record("module/" + name, module, x)
    # Of one number, of a single element along the dimension, and of none.
    along_a_dim = "prelu_channels glu glu_dim softmax softmax_dim softmin log_softmax".split()
    for name in [name for name in modules if name not in along_a_dim]:
        g.record("scalar/" + name, modules[name], torch.tensor(0.375).double())
    for name in "softmax softmin log_softmax".split():
        g.record("row/" + name, modules[name], x[1, :3, :1])
    for name in "relu gelu softplus softmax log_softmax glu".split():
        g.record("empty/" + name, modules[name], torch.zeros(0, 4).double())
