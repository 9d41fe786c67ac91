"""Gradients, products with Jacobians and second derivatives of small functions."""
import torch
from torch.autograd import functional as AF

from golden import Golden


def tanh_sum(x, w):
    return torch.tanh(x @ w).pow(2).sum()


def softmax_loss(x, w):
    return -torch.log_softmax(x @ w, -1)[:, 0].mean()


def rational(x, w):
    return (torch.sin(x) / (1 + (x @ w).exp().sum())).sum()


def layer(x, w):
    return torch.sigmoid(x @ w) * torch.exp(-(x.pow(2).sum(1, keepdim=True)))


with Golden(__file__) as g:
    for f in (tanh_sum, softmax_loss, rational):
        g.seed(f.__name__)
        x, w = g.rand(3, 4), g.rand(4, 2)
        vx, vw = g.rand(3, 4), g.rand(4, 2)
        value, grads = AF.vjp(f, (x, w))
        _, hvp = AF.hvp(f, (x, w), (vx, vw))
        _, hvp_x = AF.hvp(lambda x: f(x, w), x, vx)
        # The gradient of a gradient penalty.
        leaf = x.clone().requires_grad_()
        (dx,) = torch.autograd.grad(f(leaf, w), leaf, create_graph=True)
        (penalty,) = torch.autograd.grad(dx.pow(2).sum(), leaf)
        g.put(f.__name__, x=x, w=w, vx=vx, vw=vw, value=value, dx=grads[0], dw=grads[1],
              hx=hvp[0], hw=hvp[1], hxx=hvp_x, penalty=penalty)
    g.seed("layer")
    x, w, vx, vw, u = g.rand(3, 4), g.rand(4, 2), g.rand(3, 4), g.rand(4, 2), g.rand(3, 2)
    value, (dx, dw) = AF.vjp(layer, (x, w), u)
    _, tangent = AF.jvp(layer, (x, w), (vx, vw))
    g.put("layer", x=x, w=w, vx=vx, vw=vw, u=u, value=value, dx=dx, dw=dw, tangent=tangent)
