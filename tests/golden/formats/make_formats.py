"""Files as PyTorch and numpy write them, for tests/nn/formats_test.cc and tests/features.

Run with Debian's python3-torch 1.13; commit what it writes. What later versions of PyTorch write is
made by hand here: since 2.1 an archive has `byteorder` and `.data/serialization_id`, and its
storages are pickled with `torch.storage.UntypedStorage` where the tensor's dtype has no class.
"""
import argparse
import collections
import io
import os
import pickle
import struct
import zipfile

import numpy
import torch
import torch.nn as nn

HERE = os.path.dirname(os.path.abspath(__file__))


def at(name):
    return os.path.join(HERE, name)


def ramp(*shape, dtype=torch.float32):
    n = 1
    for s in shape:
        n *= s
    return torch.arange(n).reshape(shape).to(dtype)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.bn = nn.BatchNorm1d(4)
        self.fc2 = nn.Linear(4, 2)
        with torch.no_grad():
            for i, p in enumerate(self.parameters()):
                p.copy_(ramp(*p.shape) / 8 + i)

    def forward(self, x):
        return self.fc2(torch.relu(self.bn(self.fc1(x))))


def trained():
    """A checkpoint as training scripts write them."""
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 5])
    for _ in range(3):
        optimizer.zero_grad()
        net(ramp(5, 3)).sum().backward()
        optimizer.step()
        schedule.step()
    state = schedule.state_dict()
    return {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "schedule": state,
            "epoch": 3, "best": 0.75, "done": False, "note": "caf\u00e9", "nothing": None,
            "classes": ["cat", "dog"], "size": torch.Size([2, 3]), "rng": torch.get_rng_state()[:16]}


def all_dtypes():
    state = collections.OrderedDict()
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64,
                  torch.int32, torch.int8, torch.uint8):
        state[str(dtype)[6:]] = ramp(2, 3, dtype=dtype) + 1
    state["bool"] = torch.tensor([[True, False], [False, True]])
    return state


def views():
    base = ramp(4, 6)
    tied = ramp(2, 2) + 100
    return {"whole": base, "transposed": base.t(), "rows": base[1:3], "column": base[:, 2],
            "steps": base[::2, 1::3], "broadcast": base[:1].expand(3, 6), "scalar": base[2, 3],
            "empty": base[:0], "tied.a": tied, "tied.b": tied}


def modern_archive(path, state, byteorder="little"):
    """Writes what torch.save of PyTorch 2.x does: a first-principles copy of its layout."""
    name = os.path.splitext(os.path.basename(path))[0]
    storages = []

    class Pickler(pickle._Pickler):
        # Types with names of their own, since classes cannot be pickled by another name.
        def persistent_id(self, obj):
            if isinstance(obj, Storage):
                storages.append(obj.data)
                return ("storage", obj.type, str(len(storages) - 1), "cpu", obj.size)
            return None

        def save_named(self, obj):
            self.save_global(obj, obj.path)

    class Named:
        def __init__(self, module, attribute):
            self.module, self.attribute = module, attribute

    class Storage:
        def __init__(self, type, data, size):
            self.type, self.data, self.size = type, data, size

    class Call:
        def __init__(self, function, args):
            self.function, self.args = function, args

    def save_named(pickler, obj):
        pickler.write(pickle.GLOBAL + f"{obj.module}\n{obj.attribute}\n".encode())

    def save_call(pickler, obj):
        pickler.save(obj.function)
        pickler.save(obj.args)
        pickler.write(pickle.REDUCE)

    Pickler.dispatch = dict(pickle._Pickler.dispatch)
    Pickler.dispatch[Named] = save_named
    Pickler.dispatch[Call] = save_call

    hooks = Call(Named("collections", "OrderedDict"), ())
    tree = {}
    for key, t in state.items():
        data = t.numpy().astype(t.numpy().dtype.newbyteorder(">" if byteorder == "big" else "<"))
        strides = t.stride()
        if t.dtype == torch.float32:
            storage = Storage(Named("torch", "FloatStorage"), data.tobytes(), t.numel())
            tree[key] = Call(Named("torch._utils", "_rebuild_tensor_v2"),
                             (storage, 0, tuple(t.shape), strides, False, hooks))
        else:
            storage = Storage(Named("torch.storage", "UntypedStorage"), data.tobytes(),
                              t.numel() * t.element_size())
            tree[key] = Call(Named("torch._utils", "_rebuild_tensor_v3"),
                             (storage, 0, tuple(t.shape), strides, False, hooks,
                              Named("torch", str(t.dtype)[6:])))
    tree["parameter"] = Call(Named("torch._utils", "_rebuild_parameter"),
                             (next(iter(tree.values())), True, hooks))
    out = io.BytesIO()
    Pickler(out, protocol=2).dump(tree)

    # Every entry is stored and begins at a multiple of 64 bytes, padded by an extra field "FB".
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        def add(entry, data):
            info = zipfile.ZipInfo(f"{name}/{entry}", (1980, 1, 1, 0, 0, 0))
            begin = archive.fp.tell() + 30 + len(info.filename)
            pad = -(begin + 4) % 64
            info.extra = struct.pack("<2sH", b"FB", pad) + b"Z" * pad
            archive.writestr(info, data)
        add("data.pkl", out.getvalue())
        add("byteorder", byteorder)
        for i, data in enumerate(storages):
            add(f"data/{i}", data)
        add("version", "3\n")
        add(".data/serialization_id", "0463285617946328561794632856179463285617")


class Evil:
    def __reduce__(self):
        return (os.system, ("echo pwned > /tmp/pwned",))


def rezip(source, target, method):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", method) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0)),
                         old.read(entry), compress_type=method)


def numpy_files():
    arrays = collections.OrderedDict()
    for dtype in ("<f8", "<f4", "<f2", "<i8", "<i4", "|i1", "|u1", "|b1"):
        arrays["little_" + dtype[1:]] = numpy.arange(6).reshape(2, 3).astype(dtype)
    for dtype in (">f8", ">f4", ">f2", ">i8", ">i4"):
        arrays["big_" + dtype[1:]] = numpy.arange(6).reshape(2, 3).astype(dtype)
    arrays["fortran"] = numpy.asfortranarray(numpy.arange(24.0).reshape(2, 3, 4))
    arrays["scalar"] = numpy.array(3.5)
    arrays["empty"] = numpy.zeros((0, 3), "<f4")
    numpy.savez(at("arrays.npz"), **arrays)
    numpy.savez_compressed(at("arrays_deflated.npz"), **arrays)
    with open(at("version3.npy"), "wb") as f:
        numpy.lib.format.write_array(f, numpy.arange(5, dtype="<i8"), version=(3, 0))
    numpy.save(at("structured.npy"), numpy.zeros(2, [("a", "<f4"), ("b", "<i4")]))
    numpy.save(at("objects.npy"), numpy.array([{"a": 1}], dtype=object), allow_pickle=True)
    numpy.save(at("int16.npy"), numpy.arange(3, dtype="<i2"))


def main():
    torch.save(all_dtypes(), at("dtypes.pt"))
    torch.save(all_dtypes(), at("dtypes_protocol5.pt"), pickle_protocol=5)
    torch.save(all_dtypes(), at("dtypes_legacy.pt"), _use_new_zipfile_serialization=False)
    torch.save(views(), at("views.pt"))
    torch.save(views(), at("views_legacy.pt"), _use_new_zipfile_serialization=False)
    torch.save(trained(), at("checkpoint.pt"))
    torch.save(trained(), at("checkpoint_legacy.pt"), _use_new_zipfile_serialization=False)
    torch.save(Net().state_dict(), at("net.pth"))
    rezip(at("checkpoint.pt"), at("checkpoint_deflated.pt"), zipfile.ZIP_DEFLATED)
    torch.save({"w": ramp(3), "x": Evil()}, at("evil.pt"))
    torch.save(argparse.Namespace(lr=1), at("namespace.pt"))
    torch.save(Net(), at("module.pt"))
    torch.save({"deep": {"short": torch.zeros(2, dtype=torch.int16)}}, at("int16.pt"))
    torch.jit.script(nn.Linear(2, 2)).save(at("script.pt"))
    modern = {"f32": ramp(2, 3), "f64": ramp(3, dtype=torch.float64), "i64": ramp(4, dtype=torch.int64)}
    modern_archive(at("modern.pt"), modern)
    modern_archive(at("modern_big_endian.pt"), modern, "big")
    numpy_files()


if __name__ == "__main__":
    main()
