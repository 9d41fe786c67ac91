"""Functions of tensors, values and gradients, where they are smooth and at nasty points: see golden.py."""
import torch
from golden import Golden

nan, inf = float("nan"), float("inf")


def t(*values, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype)


def elementwise(g):
    kinks = t(0, 1, -1, 0.5, -0.5, 2.5, -2.5, 3, 1e-3, -20, 0.25, 8)
    positive = t(0, 1e-3, 0.25, 1, 2, 8, 10, 1000, 0.75, 3)
    unit = t(-1, -0.75, -1e-3, 0, 0.5, 1)
    for name in "abs neg sign square exp exp2 expm1 tanh sigmoid relu erf sin cos atan sinh cosh".split():
        g.record("unary/" + name, getattr(torch, name), kinks)
    for name in "floor ceil round trunc frac".split():
        g.record("unary/" + name, getattr(torch, name), kinks)
    for name in "log log2 log10 log1p sqrt rsqrt reciprocal".split():
        g.record("unary/" + name, getattr(torch, name), positive)
    for name in "asin acos".split():
        g.record("unary/" + name, getattr(torch, name), unit)
    g.record("unary/tan", torch.tan, t(0, 1, -1, 0.25, 2, -3))

    a = t(7, -7, 7, -7, 0, 5.5, -5.5, 1, 0.75, 0)
    b = t(2, 2, -2, -2, 3, 1.25, 1.25, 8, 0.25, -1)
    for name in "add sub mul div fmod maximum minimum atan2".split():
        g.record("binary/" + name, getattr(torch, name), a, b)
    g.record("binary/remainder", torch.remainder, a, b, keep=[1])  # torch has no derivative by b
    g.record("binary/floor_divide", lambda x, y: torch.floor_divide(x.detach(), y.detach()), a, b)
    g.record("binary/div_trunc", lambda x, y: torch.div(x, y, rounding_mode="trunc"), a, b)
    g.record("binary/div_floor", lambda x, y: torch.div(x, y, rounding_mode="floor"), a, b)
    g.record("binary/ties", lambda x, y: (torch.maximum(x, y), torch.minimum(x, y)), t(1, 2, 3), t(1, 3, 2))
    g.record("binary/pow", torch.pow, t(0, 0, 0, -2, -2, 2, 3, 1), t(0, 1, 2, 3, 2, 0.5, -1, 9))
    g.record("binary/pow_number", lambda x: (x**2, x**3, x**1, x**0, x**-1, x**2.5), t(0.5, 2, 3))
    g.record("binary/pow_at_zero", lambda x: (x**2, x**3, x**0, x**1.5), t(0, 1))
    g.record("binary/pow_of_number", lambda x: 2.0**x, t(-1, 0, 0.5, 3))
    g.record("binary/lerp", torch.lerp, t(0, 1, 2, 3), t(4, -3, 7, 5), t(0, 0.25, 0.75, 1))
    g.record("binary/lerp_number", lambda x, y: torch.lerp(x, y, 0.25), t(0, 1, 2), t(4, -3, 7))
    g.record("binary/broadcast", lambda x, y: (x + y, x * y, y - x, x / y), g.rand(2, 3), g.rand(2, 1, 3) + 2)
    g.record("binary/numbers", lambda x: (x + 2, 3 - x, x * 4, 6 / x, x % 2), t(0.5, 1.5, -2.5))

    x = t(-3, -1, -0.5, 0, 1, 2)
    g.record("choice/clamp", lambda x: x.clamp(-1, 1), x)
    g.record("choice/clamp_nan", lambda x: x.clamp(-1, 1), t(nan, inf, -inf), keep=[0])
    g.record("choice/clamp_min", lambda x: x.clamp(min=-1), x)
    g.record("choice/clamp_max", lambda x: x.clamp(max=1), x)
    g.record("choice/clamp_tensors", torch.clamp, t(-3, 0, 3, 1), t(-1, -1, -1, 0), t(2, 2, 2, 0.5))
    g.record("choice/where", lambda c, a, b: torch.where(c, a, b), torch.tensor([True, False, True]),
             t(1, 2, 3), t(4, 5, 6))
    g.record("choice/where_nan", lambda x: torch.where(x > 0, torch.sqrt(torch.where(x > 0, x, 1.0)), x), t(4, -4, 0))
    g.record("choice/where_unchosen_nan", lambda x: torch.where(x > 0, x.sqrt(), x), t(4, -4, 9))
    g.record("choice/masked_fill", lambda x, m: x.masked_fill(m, -2.0), g.rand(2, 3), g.rand(2, 3) > 0)
    g.record("choice/tests", lambda x: (x.isnan(), x.isinf(), x.isfinite()), t(0, nan, inf, -inf, 1e30), keep=[0])
    g.record("choice/isclose", lambda x, y: (torch.isclose(x, y), torch.isclose(x, y, equal_nan=True)),
             t(1, 1, nan, inf, inf, 0), t(1 + 1e-6, 1.1, nan, inf, 1, 1e-9), keep=[0, 1])
    g.record("choice/compare", lambda x, y: (x == y, x != y, x < y, x <= y, x > y, x >= y),
             t(1, 2, nan, inf), t(1, 3, nan, 2), keep=[0, 1])
    g.record("choice/logical", lambda x, y: (torch.logical_and(x, y), torch.logical_or(x, y),
                                             torch.logical_xor(x, y), torch.logical_not(x)),
             t(0, 1, 2, 0), t(0, 0, 3, nan), keep=[0, 1])


def reductions(g):
    x = g.rand(2, 3, 4, low=-2, high=2)
    for name in "sum mean amax amin".split():
        fn = getattr(torch, name)
        g.record("reduce/" + name, lambda x: (fn(x, (0, 1, 2)), fn(x, 1), fn(x, (0, -1)), fn(x, (0, 2), True)), x)
    for name in "var std".split():
        fn = getattr(torch, name)
        g.record("reduce/" + name, lambda x: (fn(x, (0, 1, 2)), fn(x, 1), fn(x, (0, -1), unbiased=False),
                                              fn(x, (0, 2), keepdim=True)), x)
    g.record("reduce/prod", lambda x: (x.prod(), x.prod(1), x.prod(-1, True)), x)
    g.record("reduce/prod_zeros", lambda x: x.prod(1), torch.tensor([[2.0, 0, 3], [0, 0, 5], [1, 2, 3]]).double())
    g.record("reduce/max_min", lambda x: (x.max(), x.min()), t(1, 3, 3, -2, -2, -2))
    g.record("reduce/ties", lambda x: (x.amax(1), x.amin(1)), torch.tensor([[1.0, 1, 0], [2, 2, 2]]).double())
    g.record("reduce/nan", lambda x: (x.amax(1), x.amin(1), x.max(), x.sum()), torch.tensor([[1.0, nan], [2, 0]]).double(), keep=[0])
    for name, p in {"1": 1, "2": 2, "3": 3, "half": 0.5, "inf": inf, "minus_inf": -inf}.items():
        g.record("norm/" + name, lambda x: (torch.norm(x, p), torch.norm(x, p, 1), torch.norm(x, p, (0, 2), True)), x)
    g.record("norm/0", lambda x: torch.norm(x, 0, 1), torch.tensor([[0.0, 1, 2], [0, 0, 0]]).double(), keep=[0])
    g.record("norm/fro", lambda x: torch.norm(x, "fro", (1, 2)), x)
    for name, p in {"1": 1, "2": 2, "3": 3, "inf": inf}.items():
        g.record("norm/at_zero_" + name, lambda x: torch.norm(x, p, 1), torch.tensor([[0.0, 0, 0], [0, 3, -4]]).double())
    g.record("reduce/std_at_zero", lambda x: x.std(1), torch.tensor([[2.0, 2, 2], [1, 3, 4]]).double())
    g.record("reduce/logsumexp", lambda x: (x.logsumexp(1), x.logsumexp((0, 2)), (x * 1000).logsumexp(2)), x)
    g.record("reduce/logsumexp_inf", lambda x: x.logsumexp(1), torch.tensor([[-inf, -inf], [inf, 0], [1, -inf]]).double(), keep=[0])
    g.record("reduce/truth", lambda m: (m.any(), m.any(1), m.all(), m.all(0, True), m.count_nonzero(), m.count_nonzero(1)),
             g.rand(3, 4) > 0)
    g.record("reduce/nothing", lambda x: (x.sum(1), x.prod(1), x.any(1), x.all(1), x.mean(1)), torch.zeros(2, 0).double(), keep=[0])
    g.record("reduce/softmax", lambda x: (x.softmax(-1), x.softmax(0), x.log_softmax(1)), x)


def products(g):
    m, n, v, w = g.rand(3, 4), g.rand(4, 2), g.rand(4), g.rand(3)
    b, c = g.rand(2, 3, 4), g.rand(2, 4, 5)
    g.record("product/matmul", lambda a, b: (a @ b), m, n)
    g.record("product/matmul_batched", lambda a, b, n: (a @ b, a @ n, (a.unsqueeze(1) @ b)), b, c, n)
    g.record("product/matmul_vectors", lambda m, v, w, b: (m @ v, w @ m, v @ v, b @ v), m, v, w, b)
    g.record("product/named", lambda m, n, b, c, v: (m.mm(n), b.bmm(c), m.mv(v), v.dot(v)), m, n, b, c, v)
    g.record("product/outer", torch.outer, v, w)
    g.record("product/addmm", lambda i, m, n: (torch.addmm(i, m, n), torch.addmm(i[0], m, n, beta=0.5, alpha=2)), g.rand(3, 2), m, n)
    i, j = g.randint(-5, 5, 2, 3), g.randint(-5, 5, 3, 2)
    g.record("product/integers", lambda i, j: (i @ j, i @ j[:, 0], i[0].dot(j[:, 1])), i, j)

    s, x4 = g.rand(3, 3), g.rand(2, 3, 4, 5)
    cases = {
        "ij,jk->ik": (m, n), "ij,jk": (m, n), "bij,bjk->bik": (b, c), "ij->ji": (m,), "ij->": (m,), "ij->j": (m,),
        "ii->i": (s,), "ii": (s,), "i,j->ij": (v, w), "i,i": (v, v), "ij,j->i": (m, v), "...ij->...ji": (x4,),
        "b...->...b": (x4,), "...ij,jk->...ik": (b, n), "bhqd,bhkd->bhqk": (x4, g.rand(2, 3, 6, 5)),
        "ij,jk,kl->il": (m, n, g.rand(2, 3)), "ijk,ijk->": (b, b), "ij,ij->ij": (m, m), "bij,bij->b": (b, b),
        "...,...->...": (b, m), "ba": (m,), "ij,kj,lj->ikl": (m, g.rand(2, 4), g.rand(3, 4)), "iij->j": (g.rand(3, 3, 2),),
        "ijj,jk->ik": (g.rand(2, 3, 3), g.rand(3, 2)), "bi,bj->bij": (g.rand(1, 3), g.rand(4, 2)), "A b , b c -> A c": (m, n),
        "i...,i...->...": (b, b), "...a,...a->...": (b, m),
    }
    for n, (equation, operands) in enumerate(cases.items()):
        g.texts[f"einsum/{n:02d}/equation"] = equation
        g.record(f"einsum/{n:02d}", lambda *x: torch.einsum(equation, *x), *operands)


def places(g):
    x = g.rand(2, 3, 4)
    y = g.rand(1, 3, 1, 2)
    g.record("shape/reshape", lambda x: (x.reshape(6, 4), x.view(-1, 2), x.flatten(), x.flatten(1), x.unflatten(2, (2, -1))), x)
    g.record("shape/squeeze", lambda y: (y.squeeze(), y.squeeze(0), y.squeeze(1), y.squeeze(0).squeeze(1), y.unsqueeze(-1), y.unsqueeze(0)), y)
    g.record("shape/order", lambda x: (x.permute(2, 0, 1), x.transpose(0, -1), x.movedim(0, 2), x.movedim((0, 1), (2, 0)), x.swapaxes(1, 2), x[0].t()), x)
    g.record("shape/expand", lambda y, x: (y.expand(5, 3, 4, 2), y.expand(-1, -1, 2, -1), x[:1].expand_as(x)), y, x)
    g.record("shape/repeat", lambda x: (x.repeat(2, 1, 3), x.repeat(2, 1, 1, 1), x.tile(2), x.tile(2, 1, 1, 2), x.repeat_interleave(2, 1)), x)
    g.record("place/slice", lambda x: (x[:, 1:3], x[..., ::2], x[1, :, -1], x[-1], x.narrow(2, 1, 2), x.select(1, -2), x[:, 5:], x[:, None, ..., 0]), x)
    g.record("place/indices", lambda x, i, j: (x[i], x[:, i], x[i, j], x[:, i, j], x[i, :, j], x[..., i[:, None]], x[-i, 0, j]), x,
             torch.tensor([0, 1, 1]), torch.tensor([2, 0, 1]))
    g.record("place/flip", lambda x: (x.flip(0), x.flip(0, 2), x.flip(-1)), x)
    g.record("place/roll", lambda x: (x.roll(1, 0), x.roll(-1, 2), x.roll((1, 2), (0, 1)), x.roll(5), x.roll(7, 1)), x)
    g.record("place/join", lambda x, z: (torch.cat([x, z], 1), torch.cat([z, x, z], -2), torch.stack([x, x]), torch.stack([x, x], -1)), x, g.rand(2, 2, 4))
    g.record("place/split", lambda x: (*x.split(2, 2), *x.split(2, 1), *x.split([1, 0, 2], 1), *x.chunk(3, 2), *x.unbind(1)), x)
    g.record("place/triangles", lambda x: (x.tril(), x.triu(), x.tril(1), x.triu(-1), x.tril(-2), x.triu(9)), x)
    g.record("place/diagonals", lambda x, v: (x.diagonal(), x.diagonal(1, 1, 2), x.diagonal(-1, -1, 0), x.diagonal(9), x[0].diag(), x[0].diag(-1), v.diag(), v.diag(2), v.diag(-1)), x, g.rand(3))
    p = torch.nn.functional.pad
    image = g.rand(1, 2, 3, 4)
    g.record("place/pad", lambda x: (p(x, (1, 2)), p(x, (1, 0, 2, 1)), p(x, (1, 1), value=2.5), p(x, (-1, 2)), p(x, (-1, -1, 1, -1))), image)
    for mode in "reflect replicate circular".split():
        g.record("place/pad_" + mode, lambda x: (p(x, (1, 2, 2, 0), mode=mode), p(x[0], (2, 1), mode=mode)), image)
    g.record("place/meshgrid", lambda a, b: (*torch.meshgrid(a, b, indexing="ij"), *torch.meshgrid(a, b, indexing="xy")), t(1, 2, 3), t(4, 5))


def creation(g):
    d = {"dtype": torch.float64}
    g.record("creation/values", lambda x: (
        torch.zeros(2, 3, **d), torch.ones(2, **d), torch.full((2, 2), 2.5, **d), torch.eye(3, **d), torch.eye(2, 4, **d),
        torch.arange(5), torch.arange(2, 11, 3), torch.arange(5, 0, -2), torch.arange(0, 1, 0.25, **d), torch.arange(2.5, **d),
        torch.linspace(-1, 2, 7, **d), torch.linspace(3, 3, 1, **d), torch.zeros_like(x), torch.ones_like(x), torch.full_like(x, 7)), t(1, 2), keep=[0])


with Golden(__file__) as g:
    elementwise(g)
    reductions(g)
    products(g)
    places(g)
    creation(g)
