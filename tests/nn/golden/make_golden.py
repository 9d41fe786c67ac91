"""Writes the expected values and texts of tests/nn from PyTorch.

usage: make_golden.py OUTDIR     (Debian's python3-torch 1.13: /usr/bin/python3)

values.txt holds one tensor a line: name, extents joined by 'x' ('-' for a scalar), elements.
*.print.txt hold print(model).
"""
import math
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

out_dir = sys.argv[1]
lines = []


def emit(name, tensor):
    t = tensor.detach().double()
    shape = "x".join(map(str, t.shape)) or "-"
    lines.append(f"{name} {shape} " + " ".join(f"{v:.9g}" for v in t.flatten().tolist()))


def ramp(*shape):
    """Values that both sides can make exactly: a low-discrepancy walk through [-1, 1)."""
    n = math.prod(shape)
    return torch.tensor([((i * 37 + 11) % 101) / 50.5 - 1 for i in range(n)],
                        dtype=torch.float32).reshape(shape)


def functional():
    x = ramp(4, 6)
    emit("gelu", F.gelu(x))
    emit("gelu_tanh", F.gelu(x, approximate="tanh"))
    emit("softmax", F.softmax(x, -1))
    emit("layer_norm", F.layer_norm(x, (6,), ramp(6) + 2, ramp(6)))
    q, k, v = ramp(2, 5, 4), ramp(2, 5, 4) * 2, ramp(2, 5, 4) - 1
    scores = q @ k.transpose(-1, -2) / 2
    emit("attention", F.softmax(scores, -1) @ v)
    masked = scores.masked_fill(torch.ones(5, 5).triu(1).bool(), -math.inf)
    emit("attention_causal", F.softmax(masked, -1) @ v)
    emit("mse", F.mse_loss(x, x * 0.5 + 0.1))


def losses():
    target = torch.tensor([2, 0, 5, 3])
    ignored = torch.tensor([2, -100, 5, -100])
    for name, options, labels in [
            ("mean", {}, target), ("sum", {"reduction": "sum"}, target),
            ("none", {"reduction": "none"}, target), ("smooth", {"label_smoothing": 0.1}, target),
            ("ignore", {}, ignored), ("ignore_none", {"reduction": "none"}, ignored),
            ("ignore_smooth", {"label_smoothing": 0.2}, ignored),
            ("ignore_2", {"ignore_index": 2}, target)]:
        x = ramp(4, 6).requires_grad_()
        loss = F.cross_entropy(x, labels, **options)
        emit("cross_entropy." + name, loss)
        loss.sum().backward()
        emit("cross_entropy." + name + ".grad", x.grad)


def optimizers():
    cases = {
        "sgd": lambda p: torch.optim.SGD(p, 0.1),
        "sgd_momentum": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.01),
        "sgd_nesterov": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
        "sgd_dampening": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, dampening=0.3),
        "adam": lambda p: torch.optim.Adam(p, 0.01, weight_decay=0.1),
        "adamw": lambda p: torch.optim.AdamW(p, 0.01, betas=(0.8, 0.95), weight_decay=0.1),
    }
    for name, make in cases.items():
        w = ramp(3, 4).requires_grad_()
        x = ramp(5, 3)
        optimizer = make([w])
        for step in range(5):
            if step == 3:
                optimizer.param_groups[0]["lr"] *= 0.5
            optimizer.zero_grad()
            ((x @ w) ** 2).mean().backward()
            optimizer.step()
        emit("optim." + name, w)


def clipping():
    for norm_type in (2.0, 1.0, math.inf):
        w, b = ramp(3, 4).requires_grad_(), ramp(4).requires_grad_()
        ((ramp(5, 3) @ w + b) ** 2).sum().backward()
        norm = nn.utils.clip_grad_norm_([w, b], 0.5, norm_type)
        emit(f"clip.{norm_type:g}.norm", norm)
        emit(f"clip.{norm_type:g}.w", w.grad)


class Mlp(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(784, hidden)
        self.drop = nn.Dropout(0.2)
        self.fc2 = nn.Linear(hidden, 10, bias=False)


class TransformerBlock(nn.Module):
    def __init__(self, d, dropout):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.fc, self.out = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.attn_drop, self.resid_drop = nn.Dropout(dropout), nn.Dropout(dropout)

    def attend(self, x, heads=2):
        b, t, d = x.shape
        q, k, v = [z.view(b, t, heads, d // heads).transpose(1, 2)
                   for z in self.qkv(x).split(d, 2)]
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // heads)
        scores = scores.masked_fill(torch.ones(t, t).triu(1).bool(), -math.inf)
        y = self.attn_drop(torch.softmax(scores, -1)) @ v
        return self.proj(y.transpose(1, 2).reshape(b, t, d))

    def forward(self, x):
        x = x + self.resid_drop(self.attend(self.ln_1(x)))
        return x + self.resid_drop(self.out(F.gelu(self.fc(self.ln_2(x)))))


class Gpt(nn.Module):
    def __init__(self, vocab, context, d, layers, dropout):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, d), nn.Embedding(context, d)
        self.drop = nn.Dropout(dropout)
        self.h = nn.ModuleList([TransformerBlock(d, dropout) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(d)
        self.head = nn.Linear(d, vocab, bias=False)

    def forward(self, ids):
        x = self.drop(self.wte(ids) + self.wpe(torch.arange(ids.shape[1])))
        for block in self.h:
            x = block(x)
        return self.head(self.ln_f(x))


def gpt():
    """One loss with its gradients, then the losses of training steps, clipping included."""
    net = Gpt(11, 8, 16, 2, 0.0)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(ramp(*p.shape) * 0.3 + (1 if p.dim() == 1 else 0))
    ids = torch.tensor([(i * i + 3) % 11 for i in range(16)]).reshape(2, 8)
    target = torch.tensor([(i * i + 2 * i + 4) % 11 for i in range(16)])
    optimizer = torch.optim.AdamW(net.parameters(), 1e-2)
    for step in range(4):
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(net(ids).reshape(16, 11), target)
        loss.backward()
        emit(f"gpt.loss.{step}", loss)
        if step == 0:
            for name, p in net.named_parameters():
                if name in ("wte.weight", "wpe.weight", "h.0.ln_1.weight", "h.0.qkv.bias",
                            "h.1.proj.bias", "h.1.ln_2.bias", "head.weight"):
                    emit("gpt.grad." + name, p.grad)
        emit(f"gpt.norm.{step}", nn.utils.clip_grad_norm_(net.parameters(), 1.0))
        optimizer.step()


class Odd(nn.Module):
    """Shared children, a null child, several lines of extra_repr, every layer."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.GELU("tanh"), nn.Softmax(-1))
        self.again = self.body[0]
        self.norm = nn.LayerNorm((4, 8), eps=1e-6, elementwise_affine=False)
        self.empty = nn.ModuleList()
        self.loss = nn.CrossEntropyLoss()
        self.mse = nn.MSELoss()
        self.drop = nn.Dropout(1.0)
        self.register_module("none", None)

    def extra_repr(self):
        return "first=1\nsecond=2"


functional()
losses()
optimizers()
clipping()
gpt()
with open(out_dir + "/values.txt", "w") as f:
    f.write("\n".join(lines) + "\n")
for name, model in {"mlp": Mlp(256), "gpt": Gpt(76, 128, 128, 2, 0.1), "odd": Odd(),
                    "linear": nn.Linear(3, 4), "nested": nn.Sequential(nn.Sequential(Mlp(8)))}.items():
    with open(f"{out_dir}/{name}.print.txt", "w") as f:
        print(model, file=f)
