"""Models of nn/models in PyTorch: expected outputs, losses, gradients and running statistics.

Weights are not stored: fill() gives every parameter and buffer values that follow from its name,
as fill_by_name() of zoo.h does. Configurations are small versions of the published ones.

Of the published sizes, `zoo.py full NAME FOLDER` writes weights, an input and results for
tests/zoo/compare_full.sh.
"""
import copy
import math
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision as tv

from golden import Golden


def name_hash(name):
    value = 0
    for c in name.encode():
        value = (value * 131 + c) % (2**31 - 1)
    return value


def uniform(name, count):
    """Numbers in [0, 1) that follow from the name: MurmurHash3's finalizer of a counter."""
    x = (np.arange(count, dtype=np.uint64) * 0x9E3779B9 + name_hash(name)) & 0xFFFFFFFF
    x ^= x >> np.uint64(16)
    x = (x * 0x85EBCA6B) & 0xFFFFFFFF
    x ^= x >> np.uint64(13)
    x = (x * 0xC2B2AE35) & 0xFFFFFFFF
    x ^= x >> np.uint64(16)
    return x.astype(np.float64) / 2.0**32


def fill(module):
    """Matrices and filters keep the scale of what passes through; the rest is near its default."""
    state = module.state_dict()
    seen = set()
    for name, t in state.items():
        if not t.is_floating_point() or t.data_ptr() in seen:
            continue
        seen.add(t.data_ptr())
        u = torch.from_numpy(uniform(name, t.numel()).astype(np.float32)).double().reshape(t.shape)
        if t.dim() > 1:
            value = (2 * u - 1) * math.sqrt(3 * t.shape[0] / t.numel())
        elif name.endswith("running_var"):
            value = 0.5 + u
        elif name.endswith("weight"):
            value = 1 + 0.2 * (u - 0.5)
        else:
            value = 0.2 * (u - 0.5)
        with torch.no_grad():
            t.copy_(value)
    return module


class Conv1D(nn.Module):
    """Hugging Face's linear layer of GPT-2, whose weight lies the other way round."""

    def __init__(self, nf, nx):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(nx, nf).normal_(std=0.02))
        self.bias = nn.Parameter(torch.zeros(nf))

    def forward(self, x):
        return x @ self.weight + self.bias


class Gpt2Attention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.c_attn = Conv1D(3 * d, d)
        self.c_proj = Conv1D(d, d)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, self.heads, d // self.heads).transpose(1, 2)
                   for z in self.c_attn(x).split(d, 2))
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // self.heads)
        mask = torch.tril(torch.ones(t, t, dtype=torch.bool))
        scores = scores.masked_fill(~mask, float("-inf"))
        x = torch.softmax(scores, -1) @ v
        return self.c_proj(x.transpose(1, 2).reshape(b, t, d))


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


class Gpt2Mlp(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.c_fc = Conv1D(4 * d, d)
        self.c_proj = Conv1D(d, 4 * d)

    def forward(self, x):
        return self.c_proj(gelu_new(self.c_fc(x)))


class Gpt2Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.ln_1 = nn.LayerNorm(d)
        self.attn = Gpt2Attention(d, heads)
        self.ln_2 = nn.LayerNorm(d)
        self.mlp = Gpt2Mlp(d)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class Gpt2Model(nn.Module):
    def __init__(self, vocab, context, d, heads, layers):
        super().__init__()
        self.wte = nn.Embedding(vocab, d)
        self.wpe = nn.Embedding(context, d)
        self.h = nn.ModuleList([Gpt2Block(d, heads) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(d)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.h:
            x = block(x)
        return self.ln_f(x)


class Gpt2(nn.Module):
    """transformers.GPT2LMHeadModel: its names and its arithmetic."""

    def __init__(self, vocab=50257, context=1024, d=768, heads=12, layers=12):
        super().__init__()
        self.transformer = Gpt2Model(vocab, context, d, heads, layers)
        self.lm_head = nn.Linear(d, vocab, bias=False)
        self.lm_head.weight = self.transformer.wte.weight

    def forward(self, ids):
        return self.lm_head(self.transformer(ids))


class Parts(nn.Module):
    """A module that only holds others, by name."""

    def __init__(me, /, **parts):
        super().__init__()
        for name, part in parts.items():
            me.add_module(name, part)


class Bert(nn.Module):
    """transformers.BertModel: its names and its arithmetic."""

    def __init__(self, vocab=30522, context=512, d=768, heads=12, layers=12, inner=3072,
                 pooler=True):
        super().__init__()
        self.heads = heads
        norm = lambda: nn.LayerNorm(d, eps=1e-12)
        self.embeddings = Parts(word_embeddings=nn.Embedding(vocab, d),
                                position_embeddings=nn.Embedding(context, d),
                                token_type_embeddings=nn.Embedding(2, d), LayerNorm=norm())
        layer = lambda: Parts(
            attention=Parts(
                self=Parts(query=nn.Linear(d, d), key=nn.Linear(d, d), value=nn.Linear(d, d)),
                output=Parts(dense=nn.Linear(d, d), LayerNorm=norm())),
            intermediate=Parts(dense=nn.Linear(d, inner)),
            output=Parts(dense=nn.Linear(inner, d), LayerNorm=norm()))
        self.encoder = Parts(layer=nn.ModuleList([layer() for _ in range(layers)]))
        if pooler:
            self.pooler = Parts(dense=nn.Linear(d, d))

    def attend(self, layer, x, mask):
        b, t, d = x.shape
        split = lambda z: z.view(b, t, self.heads, d // self.heads).transpose(1, 2)
        own = layer.attention._modules["self"]
        q, k, v = split(own.query(x)), split(own.key(x)), split(own.value(x))
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // self.heads)
        if mask is not None:
            scores = scores.masked_fill(mask[:, None, None, :] == 0, torch.finfo(x.dtype).min)
        return (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(b, t, d)

    def forward(self, ids, mask=None, types=None):
        e = self.embeddings
        types = torch.zeros_like(ids) if types is None else types
        x = e.LayerNorm(e.word_embeddings(ids) + e.token_type_embeddings(types)
                        + e.position_embeddings(torch.arange(ids.shape[1])))
        for layer in self.encoder.layer:
            out = layer.attention.output
            x = out.LayerNorm(out.dense(self.attend(layer, x, mask)) + x)
            y = layer.output.dense(F.gelu(layer.intermediate.dense(x)))
            x = layer.output.LayerNorm(y + x)
        if hasattr(self, "pooler"):
            return x, torch.tanh(self.pooler.dense(x[:, 0]))
        return x


class BertForMaskedLM(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.bert = Bert(pooler=False, **options)
        words = self.bert.embeddings.word_embeddings.weight
        vocab, d = words.shape
        bias = nn.Parameter(torch.zeros(vocab))
        predictions = Parts(transform=Parts(dense=nn.Linear(d, d), LayerNorm=nn.LayerNorm(d, eps=1e-12)),
                            decoder=nn.Linear(d, vocab))
        predictions.register_parameter("bias", bias)
        predictions.decoder.weight = words
        predictions.decoder.bias = bias
        self.cls = Parts(predictions=predictions)

    def forward(self, ids, mask=None, types=None):
        x = self.bert(ids, mask, types)
        p = self.cls.predictions
        return p.decoder(p.transform.LayerNorm(F.gelu(p.transform.dense(x))))


def small_resnet(block, layers, width):
    """torchvision's ResNet with `width` channels for 64, of 10 classes."""
    net = tv.models.ResNet(block, layers, num_classes=10)
    scale = lambda c: c * width // 64
    for module in list(net.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Conv2d):
                first = child.in_channels == 3
                setattr(module, name, nn.Conv2d(3 if first else scale(child.in_channels),
                                                scale(child.out_channels), child.kernel_size,
                                                child.stride, child.padding, bias=False))
            elif isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.BatchNorm2d(scale(child.num_features)))
    net.fc = nn.Linear(scale(net.fc.in_features), 10)
    return net


def small_vit():
    return tv.models.VisionTransformer(image_size=16, patch_size=4, num_layers=2, num_heads=2,
                                       hidden_dim=16, mlp_dim=32, num_classes=10)


def training(g, case, net, x, target, gradients):
    """One step in train mode: the loss, some gradients, the norm of each, running statistics."""
    net.train()
    loss = F.cross_entropy(net(x), target)
    loss.backward()
    g.put(case, loss=loss)
    norms = [p.grad.norm() for _, p in net.named_parameters()]
    g.put(case, grad_norms=torch.stack(norms))
    for name, p in net.named_parameters():
        if name in gradients:
            g.put(case, **{"grad." + name: p.grad})
    for name, b in net.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            g.put(case, **{"buffer." + name: b})


def images(net, g, case, size, gradients=(), batch=2):
    net = fill(net.double())
    g.seed(case)
    x = g.rand(batch, 3, size, size)
    net.eval()
    with torch.no_grad():
        g.put(case, x=x, y=net(x))
    if gradients:
        training(g, case, net, x, torch.arange(batch) * 3 % 10, gradients)


def main():
    from torchvision.models.resnet import BasicBlock, Bottleneck
    with Golden(__file__) as g:
        g.seed("gpt2")
        ids = g.randint(0, 50, 2, 7)
        net = fill(Gpt2(50, 12, 16, 2, 2).double())
        g.put("gpt2", ids=ids, y=net(ids))

        g.seed("bert")
        ids = g.randint(0, 40, 2, 6)
        mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]])
        types = torch.tensor([[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1]])
        options = dict(vocab=40, context=9, d=16, heads=2, layers=2, inner=24)
        net = fill(Bert(**options).double())
        hidden, pooled = net(ids, mask, types)
        plain, _ = net(ids)
        g.put("bert", ids=ids, mask=mask, types=types, hidden=hidden, pooled=pooled, plain=plain)
        lm = fill(BertForMaskedLM(**options).double())
        g.put("bert_lm", y=lm(ids, mask, types))

        images(small_resnet(BasicBlock, [2, 2, 2, 2], 8), g, "resnet18", 32,
               ("conv1.weight", "bn1.weight", "bn1.bias", "layer2.0.downsample.0.weight",
                "layer4.1.bn2.weight", "fc.weight", "fc.bias"), batch=3)
        images(small_resnet(Bottleneck, [1, 1, 1, 1], 4), g, "resnet_bottleneck", 32)
        images(tv.models.MobileNetV2(num_classes=10, width_mult=0.25,
                                     inverted_residual_setting=[[1, 16, 1, 1], [6, 24, 2, 2]]),
               g, "mobilenet_v2", 16)
        images(small_vit(), g, "vit", 16)


class Mlp(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


class TransformerBlock(nn.Module):
    def __init__(self, d, heads, causal, pre_norm):
        super().__init__()
        self.heads, self.causal, self.pre_norm = heads, causal, pre_norm
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.fc, self.out = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def attend(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, self.heads, d // self.heads).transpose(1, 2)
                   for z in self.qkv(x).split(d, 2))
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // self.heads)
        if self.causal:
            scores = scores + torch.full((t, t), -1e9).triu(1)
        return self.proj((torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(b, t, d))

    def forward(self, x):
        if self.pre_norm:
            x = x + self.attend(self.ln_1(x))
            return x + self.out(F.gelu(self.fc(self.ln_2(x))))
        x = self.ln_1(x + self.attend(x))
        return self.ln_2(x + self.out(F.gelu(self.fc(x))))


class Transformer(nn.Module):
    """models::Transformer of nn/models/transformer.h."""

    def __init__(self, vocab=256, context=128, d=128, heads=4, layers=4, causal=True, head=True):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, d), nn.Embedding(context, d)
        self.h = nn.ModuleList([TransformerBlock(d, heads, causal, causal)
                                for _ in range(layers)])
        self.ln_f = nn.LayerNorm(d)
        self.head = nn.Linear(d, vocab, bias=False) if head else nn.Identity()

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.h:
            x = block(x)
        return self.head(self.ln_f(x))


def pictures():
    return torch.randn(2, 3, 224, 224)


def tokens(vocab, batch=1):
    return torch.randint(0, vocab, (batch, 128))


# The model, and its input.
FULL = {
    "gpt2": (Gpt2, lambda: tokens(50257)),
    "bert": (BertForMaskedLM, lambda: tokens(30522)),
    "resnet18": (tv.models.resnet18, pictures),
    "resnet50": (tv.models.resnet50, pictures),
    "mobilenet_v2": (tv.models.mobilenet_v2, pictures),
    "vit_b_16": (tv.models.vit_b_16, pictures),
    "mlp_b1": (lambda: Mlp(784, 512, 512, 10), lambda: torch.randn(1, 784)),
    "mlp_b64": (lambda: Mlp(784, 512, 512, 10), lambda: torch.randn(64, 784)),
    "bert_base_s128": (lambda: Transformer(30522, 512, 768, 12, 12, False, False),
                       lambda: tokens(30522)),
    "gpt2_s128": (lambda: Transformer(50257, 1024, 768, 12, 12), lambda: tokens(50257)),
    "tinygpt": (Transformer, lambda: tokens(256, batch=8)),
}


def median_ms(runs, work):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * sorted(times)[runs // 2]


def write_full(name, folder):
    """PyTorch's own random weights, a batch, the output in eval mode; in train mode the loss, the
    gradients and the new running statistics, in f64, and how far those in f32 are from them."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, make_input = FULL[name]
    net, x = model(), make_input()
    for p in net.parameters():  # a head of zeros would hide all before it
        if p.dim() > 1 and not p.any():
            nn.init.normal_(p, std=0.02)
    torch.save(net.state_dict(), f"{folder}/{name}.pt")
    with torch.no_grad():
        y = net.eval()(x)
        predict = median_ms(9, lambda: net(x))
    target = torch.arange(y.numel() // y.shape[-1]) * 3 % y.shape[-1]
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0

    def step(net):
        net.zero_grad()
        out = net(x.to(next(net.parameters()).dtype) if x.is_floating_point() else x)
        loss = F.cross_entropy(out.reshape(-1, out.shape[-1]), target)
        loss.backward()
        return loss

    net.train()
    exact = copy.deepcopy(net).double()
    results = dict(x=x, y=y, target=target, loss=step(exact))
    step(net)
    total = sum(p.grad.square().sum() for p in exact.parameters())
    worst = 0
    for (key, p), q in zip(exact.named_parameters(), net.parameters()):
        results["grad." + key] = p.grad
        scale = max(p.grad.square().sum(), 1e-8 * total)
        worst = max(worst, math.sqrt((p.grad - q.grad).square().sum() / scale))
    for key, b in exact.named_buffers():
        results["buffer." + key] = b
    results = {k: v.detach() for k, v in results.items()}
    results = {k: v.float() if v.is_floating_point() else v for k, v in results.items()}
    np.savez(f"{folder}/{name}.npz", rounding=np.float32(worst), **results)
    del results, exact
    train = median_ms(5, lambda: step(net))
    print(f"{name}: PyTorch {torch.__version__} eager, one thread: predict {predict:.1f} ms, "
          f"forward and backward {train:.1f} ms")


if __name__ == "__main__":
    if sys.argv[1:2] == ["full"]:
        write_full(sys.argv[2], sys.argv[3])
    else:
        main()
