"""Which dtypes functions take, what they make of them, and result types: see golden.py.

"types/<function>/<kind>" has the numbers of the result types in the order of DTYPES, -1 where torch refuses and
-2 where it lacks a kernel for halves;
"values/<function>/<dtype>" has the result for A and B in that dtype, and is absent where torch refuses. f16
and bf16, for which torch lacks kernels here, are computed in f32 and rounded once.
"""
import torch
import torch.nn.functional as F
from golden import Golden

DTYPES = [torch.bool, torch.uint8, torch.int8, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32,
          torch.float64]
NAMES = "bool u8 i8 i32 i64 f16 bf16 f32 f64".split()
A = torch.tensor([[3, -1, 0], [2, 5, -4]])
B = torch.tensor([[1, 2, 3], [2, 1, 4]])
PLACES = torch.tensor([[2, 0], [1, 0]])


def number_of(dtype):
    return DTYPES.index(torch.int32 if dtype == torch.int16 else dtype)  # Etch has no i16


def result_type(fn, x, y):
    try:
        return number_of(fn(x, y).dtype)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        return -2 if "'Half'" in str(error) or "'BFloat16'" in str(error) else -1


BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "lt": torch.lt, "eq": torch.eq,
    "pow": torch.pow, "remainder": torch.remainder, "floor_divide": torch.floor_divide, "maximum": torch.maximum,
    "atan2": torch.atan2, "where": lambda x, y: torch.where(torch.tensor([True, False]), x, y),
    "bitwise_and": torch.bitwise_and, "logical_or": torch.logical_or, "clamp_min": lambda x, y: torch.clamp(x, min=y),
}
NUMBERS = {
    "add": lambda x, n: x + n, "sub": lambda x, n: x - n, "rsub": lambda x, n: n - x, "mul": lambda x, n: x * n,
    "div": lambda x, n: x / n, "rdiv": lambda x, n: n / x, "lt": lambda x, n: x < n, "pow": lambda x, n: x**n,
    "rpow": lambda x, n: n**x, "remainder": lambda x, n: x % n, "bitwise_and": lambda x, n: x & n,
    "where": lambda x, n: torch.where(x > 0, x, n), "clamp_min": lambda x, n: torch.clamp(x, min=n),
}
UNARY = """neg abs sign square exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan
    sinh cosh tanh erf floor ceil round trunc frac sigmoid relu isnan isinf isfinite logical_not bitwise_not
    sum mean prod var std amax amin max min norm any all count_nonzero tril""".split()
OTHERS = {
    "logsumexp": lambda a, b: a.logsumexp(1), "softmax": lambda a, b: a.softmax(1), "matmul": lambda a, b: a @ b.T,
    "einsum": lambda a, b: torch.einsum("ij,kj->ik", a, b), "flip": lambda a, b: a.flip(1),
    "roll": lambda a, b: a.roll(1, 1), "cat": lambda a, b: torch.cat([a, b]), "stack": lambda a, b: torch.stack([a, b]),
    "slice": lambda a, b: a[:, ::2], "transpose": lambda a, b: a.T, "diagonal": lambda a, b: a.diagonal(1),
    "diag": lambda a, b: a[0].diag(1), "repeat": lambda a, b: a.repeat(2, 1), "indices": lambda a, b: a[:, [2, 0]],
    "pad": lambda a, b: torch.nn.functional.pad(a, (1, 0, 0, 1)),
    "pad_value": lambda a, b: torch.nn.functional.pad(a, (1, 0, 0, 1), value=1),
    "masked_fill": lambda a, b: a.masked_fill(b > 2, 1), "fmod": torch.fmod, "minimum": torch.minimum,
    "bitwise_or": torch.bitwise_or, "bitwise_xor": torch.bitwise_xor, "left_shift": torch.bitwise_left_shift,
    "right_shift": torch.bitwise_right_shift, "lerp": lambda a, b: torch.lerp(a, b, 0.25),
    "zeros_like": lambda a, b: torch.zeros_like(a), "sum_dim": lambda a, b: a.sum(0),
    "gt": torch.gt, "ne": torch.ne, "isclose": torch.isclose,
    "argmax": lambda a, b: a.argmax(1), "argmin": lambda a, b: a.argmin(1), "max_dim": lambda a, b: a.max(1).values,
    "min_dim": lambda a, b: a.min(0).values, "cumsum": lambda a, b: a.cumsum(1), "sort": lambda a, b: a.sort(1).values,
    "topk": lambda a, b: a.topk(2, 1).values, "gather": lambda a, b: a.gather(1, PLACES),
    "scatter_add": lambda a, b: a.scatter_add(1, PLACES, b), "index_select": lambda a, b: a.index_select(1, PLACES[0]),
    "embedding": lambda a, b: F.embedding(PLACES[1], a), "triu": lambda a, b: a.triu(), "permute": lambda a, b: a.permute(1, 0),
    "expand": lambda a, b: a.expand(2, 2, 3), "squeeze": lambda a, b: a[:1].squeeze(0), "split": lambda a, b: a.split(2, 1)[0],
    "full_like": lambda a, b: torch.full_like(a, 1), "conv1d": lambda a, b: F.conv1d(a[None], b.T[:, :, None]),
    "layer_norm": lambda a, b: F.layer_norm(a, (3,)), "avg_pool1d": lambda a, b: F.avg_pool1d(a[None], 2),
    "max_pool1d": lambda a, b: F.max_pool1d(a[None], 2), "mse_loss": F.mse_loss, "gelu": lambda a, b: F.gelu(a),
    "cross_entropy": lambda a, b: F.cross_entropy(a, PLACES[:, 0]),
}

with Golden(__file__) as g:
    x = torch.tensor([1, 1])
    for name, fn in BINARY.items():
        for kind, left, right in [("tensors", x, x), ("left_scalar", x[0], x), ("right_scalar", x, x[0]),
                                  ("scalars", x[0], x[0])]:
            g.put(f"types/{name}/{kind}",
                  types=torch.tensor([[result_type(fn, left.to(p), right.to(q)) for q in DTYPES] for p in DTYPES]))
    for name, fn in NUMBERS.items():
        g.put(f"types/{name}/numbers",
              types=torch.tensor([[result_type(fn, x.to(p), n) for n in (True, 1, 1.0)] for p in DTYPES]))
    g.put("types/cat/tensors", types=torch.tensor(
        [[result_type(lambda a, b: torch.cat([a, b]), x.to(p), x.to(q)) for q in DTYPES] for p in DTYPES]))

    functions = {name: lambda a, b, name=name: getattr(torch, name)(a) for name in UNARY}
    functions.update(BINARY)
    functions["where"] = lambda a, b: torch.where(a > b, a, b)
    functions.update(OTHERS)
    for name, fn in functions.items():
        for dtype, title in zip(DTYPES, NAMES):
            narrow = dtype in (torch.float16, torch.bfloat16)
            a, b = (t.to(dtype).to(torch.float32 if narrow else dtype) for t in (A, B))
            try:
                y = fn(a, b)
            except (RuntimeError, TypeError, NotImplementedError):
                continue
            y = y.to(dtype) if narrow and y.is_floating_point() else y
            if y.dtype == torch.int64 or y.is_floating_point() or y.dtype == torch.bool:
                g.put(f"values/{name}/{title}", y=y)
            else:
                g.put(f"values/{name}/{title}", y=y.long())
            g.texts[f"values/{name}/{title}/dtype"] = NAMES[number_of(y.dtype)]
    for dtype, title in zip(DTYPES, NAMES):
        for target, name in zip(DTYPES, NAMES):
            source = torch.tensor([0, 1, -1, 100, 2.75, -2.75] if dtype.is_floating_point else [0, 1, 2, 100]).to(dtype)
            if target == torch.uint8 and dtype.is_floating_point:
                source = source.abs()
            y = source.to(target)
            g.put(f"casts/{title}/{name}", y=y if y.dtype in (torch.int64, torch.bool) or y.is_floating_point() else y.long())
