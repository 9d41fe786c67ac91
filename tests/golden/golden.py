"""Expected values from PyTorch, for the C++ tests to compare with (golden.h reads them).

A script beside this file, such as layers.py, writes one file layers.safetensors:

    from golden import Golden
    with Golden(__file__) as g:
        x = g.rand(2, 3)                        # f64, but exact in f32 too
        g.put("relu/small", x=x, y=torch.relu(x))

        g.record("gelu/tanh", torch.nn.GELU("tanh"), x)    # outputs, gradients, repr: cases.h

Tensors are called "<case>/<key>"; all floating ones are stored as f64. Run scripts with Debian's
python3-torch 1.13 (/usr/bin/python3 layers.py), and commit what they write: tests need no Python.
Keep a file below 300 KB: shapes of two, three and five show as much as large ones.
"""
import json
import os
import struct

import torch

_DTYPES = {torch.float64: "F64", torch.int64: "I64", torch.bool: "BOOL"}


class Golden:
    def __init__(self, script):
        self.path = os.path.splitext(os.path.abspath(script))[0] + ".safetensors"
        self.tensors = {}
        self.texts = {}
        self.generator = torch.Generator()
        self.seed("")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.write()

    def seed(self, name):
        """Restarts rand() and randint() by a name, so that adding a case does not change others."""
        value = 0
        for c in name:
            value = (value * 131 + ord(c)) % (2**31 - 1)
        self.generator.manual_seed(value)

    def rand(self, *shape, low=-1.0, high=1.0):
        """Uniform in [low, high), f64 rounded to what f32 can hold."""
        t = torch.rand(shape, generator=self.generator, dtype=torch.float64)
        return (low + (high - low) * t).float().double()

    def randint(self, low, high, *shape):
        return torch.randint(low, high, shape, generator=self.generator)

    def put(self, case, **tensors):
        for key, t in tensors.items():
            name = case + "/" + key
            assert name not in self.tensors, name + " is put twice"
            t = torch.as_tensor(t).detach()
            if t.is_floating_point():
                t = t.double()
            self.tensors[name] = t.clone().contiguous()

    def record(self, case, fn, *inputs, keep=()):
        """What a function or a module makes of `inputs`, and gradients by a random cotangent.

        Keys: in.0, ... and out.0, ...; cot.0, ... for floating outputs; grad.in.0, ... for floating
        inputs but those numbered in `keep`. Of a module also its parameters and buffers before,
        drawn at random, as state.<name>; buffers after as after.<name>; grad.<name>; and its repr.
        An input may be None.
        """
        self.seed(case)
        module = fn if isinstance(fn, torch.nn.Module) else None
        leaves = {}
        if module is not None:
            self.texts[case + "/repr"] = repr(module)
            module.double()
            self.randomize(module)
            self.put(case, **{"state." + k: v for k, v in module.state_dict().items()})
            leaves = {"grad." + k: p for k, p in module.named_parameters() if p.requires_grad}
        arguments = []
        for i, x in enumerate(inputs):
            if x is not None:
                self.put(case, **{f"in.{i}": x})
                if x.is_floating_point() and i not in keep:
                    x = x.detach().clone().requires_grad_()
                    leaves[f"grad.in.{i}"] = x
                    x = x.clone()  # for modules that work in place
            arguments.append(x)
        outputs = fn(*arguments)
        outputs = [outputs] if torch.is_tensor(outputs) else [y for y in outputs if y is not None]
        roots, cotangents = [], []
        for i, y in enumerate(outputs):
            self.put(case, **{f"out.{i}": y})
            if y.requires_grad:
                roots.append(y)
                cotangents.append(self.rand(*y.shape))
                self.put(case, **{f"cot.{i}": cotangents[-1]})
        if roots:
            grads = torch.autograd.grad(roots, list(leaves.values()), cotangents, allow_unused=True)
            self.put(case, **{k: g for k, g in zip(leaves, grads) if g is not None})
        if module is not None:
            self.put(case, **{"after." + k: v for k, v in module.named_buffers()
                              if k in module.state_dict()})

    def randomize(self, module):
        with torch.no_grad():
            for p in module.parameters():
                p.copy_(self.rand(*p.shape))
            for name, b in module.named_buffers():
                if b.is_floating_point():
                    # Variances and weights of losses are positive.
                    low, high = (-1, 1) if name.endswith("running_mean") else (0.5, 2)
                    b.copy_(self.rand(*b.shape, low=low, high=high))

    def write(self):
        header, data, end = {"__metadata__": self.texts}, [], 0
        # Widest dtype first keeps every tensor aligned.
        for name, t in sorted(self.tensors.items(), key=lambda item: (-item[1].element_size(), item[0])):
            raw = t.numpy().tobytes()
            header[name] = {"dtype": _DTYPES[t.dtype], "shape": list(t.shape),
                            "data_offsets": [end, end + len(raw)]}
            data.append(raw)
            end += len(raw)
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(self.path, "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text + b"".join(data))
