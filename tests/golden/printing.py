"""Tensors as text: see golden.py. Names of dtypes are Etch's."""
import torch
from golden import Golden

nan, inf = float("nan"), float("inf")
NAMES = {"torch.float64": "f64", "torch.float16": "f16", "torch.bfloat16": "bf16", "torch.int32": "i32",
         "torch.int8": "i8", "torch.uint8": "u8", "torch.float32": "f32", "torch.int64": "i64", "torch.bool": "bool"}

with Golden(__file__) as g:

    def case(name, x, dtype=torch.float32):
        x = torch.as_tensor(x)
        text = str(x.to(dtype))
        for theirs, ours in NAMES.items():
            text = text.replace(theirs, ours)
        g.put(name, x=x)
        g.texts[name + "/text"] = text
        g.texts[name + "/dtype"] = NAMES[str(dtype)]

    d = torch.float64
    case("scalar", torch.tensor(0.5, dtype=d))
    case("scalar_whole", torch.tensor(3.0, dtype=d))
    case("scalar_i64", torch.tensor(-7), torch.int64)
    case("scalar_bool", torch.tensor(True), torch.bool)
    case("whole", torch.tensor([1.0, -20, 300], dtype=d))
    case("fractions", torch.tensor([[1, 2.5], [-3, 4]], dtype=d))
    case("zeros", torch.zeros(3, dtype=d))
    case("nan", torch.tensor([1.5, nan, inf, -inf], dtype=d))
    case("nan_whole", torch.tensor([1, nan, inf, -inf, 20], dtype=d))
    case("only_nan", torch.tensor([nan, inf, 0], dtype=d))
    case("large", torch.tensor([1e10, 1, 0], dtype=d))
    case("small", torch.tensor([1e-5, 0.5], dtype=d))
    case("ratio", torch.tensor([0.001, 10.5], dtype=d))
    case("whole_ratio", torch.tensor([1.0, 2000], dtype=d))
    case("exponents", torch.tensor([1e-300, -1e300], dtype=d), torch.float64)
    case("matrix", g.rand(3, 4))
    case("cube", g.rand(2, 2, 3))
    case("four", g.rand(2, 2, 1, 2))
    case("long_line", g.rand(30))
    case("long_rows", g.randint(-100, 100, 3, 40), torch.int64)
    case("summary_vector", torch.arange(2000), torch.int64)
    case("summary_matrix", torch.arange(4000, dtype=d).reshape(40, 100) / 8)
    case("summary_wide", torch.arange(1400, dtype=d).reshape(2, 700))
    case("summary_cube", torch.arange(1100).reshape(11, 10, 10), torch.int32)
    case("summary_format", torch.cat([torch.ones(1500, dtype=d), torch.tensor([0.5]).double(), torch.ones(1500, dtype=d)]))
    case("bools", torch.tensor([[True, False], [False, False]]), torch.bool)
    case("empty", torch.zeros(0, dtype=d))
    case("empty_shape", torch.zeros(2, 0, 3, dtype=d))
    case("empty_i64", torch.zeros(0).long(), torch.int64)
    case("i64", torch.tensor([2**62 + 1, -(2**63), 0]), torch.int64)
    for dtype in NAMES:
        dtype = getattr(torch, dtype[6:])
        case("dtype_" + NAMES[str(dtype)], torch.tensor([[1.0, 0], [3, 4]], dtype=d), dtype)
        if dtype.is_floating_point:
            case("fractions_" + NAMES[str(dtype)], torch.tensor([0.1, 2.75, -1000], dtype=d), dtype)
    case("suffix_on_its_own_line", torch.arange(17), torch.int32)
