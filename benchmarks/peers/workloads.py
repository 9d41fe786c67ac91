"""The workloads of benchmarks/models in PyTorch: what the peers are measured on.

    workloads.py FOLDER [NAME...]    exports the models to FOLDER/NAME.onnx, with an input
                                     FOLDER/NAME.npy, for peers that read ONNX

Weights are random. State names are those of Etch's nn/models.
"""
import math
import os
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision.models


class Mlp(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


class Block(nn.Module):
    def __init__(self, dim, heads, pre_norm):
        super().__init__()
        self.heads, self.pre_norm = heads, pre_norm
        self.ln_1, self.ln_2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.fc, self.out = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def attend(self, x, mask):
        batch, length, dim = x.shape
        head = dim // self.heads
        q, k, v = (t.view(batch, length, self.heads, head).transpose(1, 2)
                   for t in self.qkv(x).split(dim, 2))
        scores = q @ k.transpose(-1, -2) / math.sqrt(head)
        if mask is not None:
            scores = scores + mask[:length, :length]
        y = torch.softmax(scores, -1) @ v
        return self.proj(y.transpose(1, 2).reshape(batch, length, dim))

    def perceive(self, x):
        return self.out(F.gelu(self.fc(x)))

    def forward(self, x, mask):
        if self.pre_norm:
            x = x + self.attend(self.ln_1(x), mask)
            return x + self.perceive(self.ln_2(x))
        x = self.ln_1(x + self.attend(x, mask))
        return self.ln_2(x + self.perceive(x))


class Transformer(nn.Module):
    """Causal, with norms before and logits: GPT; or neither: BERT's encoder."""

    def __init__(self, vocab, context, dim, heads, layers, gpt=True):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, dim), nn.Embedding(context, dim)
        self.h = nn.ModuleList(Block(dim, heads, gpt) for _ in range(layers))
        self.ln_f = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, vocab, bias=False) if gpt else None
        mask = torch.full((context, context), -1e9).triu(1) if gpt else None
        self.register_buffer("mask", mask, persistent=False)
        self.register_buffer("positions", torch.arange(context), persistent=False)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(self.positions[:ids.shape[1]])
        for block in self.h:
            x = block(x, self.mask)
        x = self.ln_f(x)
        return x if self.head is None else self.head(x)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32)
        self.c2, self.b2 = nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64)
        self.d = nn.Dropout(0.5)
        self.f1, self.f2 = nn.Linear(64 * 7 * 7, 128), nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.b1(self.c1(x))), 2)
        x = F.max_pool2d(F.relu(self.b2(self.c2(x))), 2)
        return self.f2(self.d(F.relu(self.f1(x.flatten(1)))))


def image(batch=1):
    return torch.randn(batch, 3, 224, 224)


def tinygpt():
    return Transformer(256, 128, 128, 4, 4)


PREDICT = {
    "mlp_b1": lambda: (Mlp([784, 512, 512, 10]), torch.randn(1, 784)),
    "mlp_b64": lambda: (Mlp([784, 512, 512, 10]), torch.randn(64, 784)),
    "resnet18": lambda: (torchvision.models.resnet18(), image()),
    "resnet50": lambda: (torchvision.models.resnet50(), image()),
    "mobilenet_v2": lambda: (torchvision.models.mobilenet_v2(), image()),
    "vit_b_16": lambda: (torchvision.models.vit_b_16(), image()),
    "bert_base_s128": lambda: (Transformer(30522, 512, 768, 12, 12, gpt=False),
                               torch.randint(0, 30522, (1, 128))),
    "gpt2_s128": lambda: (Transformer(50257, 1024, 768, 12, 12),
                          torch.randint(0, 50257, (1, 128))),
    "tinygpt": lambda: (tinygpt(), torch.randint(0, 256, (8, 128))),
}

TRAIN = {
    "train_mlp": lambda: (Mlp([784, 512, 512, 10]),
                          lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
                          torch.randn(64, 784), torch.randint(0, 10, (64,))),
    "train_lenet": lambda: (LeNet(), lambda p: torch.optim.Adam(p, 1e-3),
                            torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))),
    "train_tinygpt": lambda: (tinygpt(), lambda p: torch.optim.AdamW(p, 1e-3),
                              torch.randint(0, 256, (8, 128)), torch.randint(0, 256, (1024,))),
    "train_resnet18": lambda: (torchvision.models.resnet18(),
                               lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
                               image(4), torch.randint(0, 1000, (4,))),
}


def predict_call(name, mode):
    """A function that runs `name` once, in `mode` eager, frozen (TorchScript) or bf16 (autocast)."""
    model, x = PREDICT[name]()
    model.eval()
    if mode == "frozen":
        with torch.no_grad():
            model = torch.jit.freeze(torch.jit.trace(model, x))

    def call():
        with torch.no_grad(), torch.cpu.amp.autocast(enabled=mode == "bf16"):
            model(x)
    return call


def train_call(name):
    """A function that takes one training step of `name` and waits for its loss."""
    model, make_optimizer, x, target = TRAIN[name]()
    optimizer = make_optimizer(model.parameters())
    model.train()

    def call():
        optimizer.zero_grad(set_to_none=True)
        y = model(x)
        loss = F.cross_entropy(y.reshape(-1, y.shape[-1]), target)
        loss.backward()
        optimizer.step()
        loss.item()
    return call


def export(folder, names):
    os.makedirs(folder, exist_ok=True)
    for name in names:
        model, x = PREDICT[name]()
        model.eval()
        torch.onnx.export(model, (x,), f"{folder}/{name}.onnx", opset_version=14,
                          input_names=["x"], output_names=["y"])
        np.save(f"{folder}/{name}.npy", x.numpy())
        print(name, flush=True)


if __name__ == "__main__":
    torch.manual_seed(0)
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    export(sys.argv[1], sys.argv[2:] or PREDICT)
