"""The training step of train_step.cc in PyTorch eager. usage: torch_train_step.py [runs] [threads]"""
import math
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 30
torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
torch.manual_seed(0)
VOCAB, CONTEXT, DIM, HEADS, LAYERS, BATCH = 256, 128, 128, 4, 4, 8


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.qkv, self.proj = nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)
        self.fc, self.out = nn.Linear(DIM, 4 * DIM), nn.Linear(4 * DIM, DIM)

    def attend(self, x, mask):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, HEADS, d // HEADS).transpose(1, 2) for z in self.qkv(x).split(d, 2))
        scores = q @ k.transpose(-1, -2) / math.sqrt(d // HEADS) + mask[:t, :t]
        return self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d))

    def forward(self, x, mask):
        x = x + self.attend(self.ln_1(x), mask)
        return x + self.out(F.gelu(self.fc(self.ln_2(x))))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCAB, DIM), nn.Embedding(CONTEXT, DIM)
        self.h = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f, self.head = nn.LayerNorm(DIM), nn.Linear(DIM, VOCAB, bias=False)
        self.register_buffer("mask", torch.full((CONTEXT, CONTEXT), -1e9).triu(1))
        self.register_buffer("pos", torch.arange(CONTEXT))

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(self.pos[: ids.shape[1]])
        for block in self.h:
            x = block(x, self.mask)
        return self.head(self.ln_f(x))


net = Gpt()
opt = torch.optim.AdamW(net.parameters(), 1e-3)
x, y = torch.randint(0, VOCAB, (BATCH, CONTEXT)), torch.randint(0, VOCAB, (BATCH * CONTEXT,))
times = []
for i in range(RUNS + 3):
    start = time.perf_counter()
    opt.zero_grad(set_to_none=True)
    loss = F.cross_entropy(net(x).view(-1, VOCAB), y)
    loss.backward()
    opt.step()
    loss.item()
    times.append((time.perf_counter() - start) * 1e3)
times = sorted(times[3:])
print(f"tinygpt PyTorch {torch.__version__}  median {statistics.median(times):8.2f} ms, fastest {times[0]:8.2f} ms")
