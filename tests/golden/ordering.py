"""cumsum, sort, topk, gather, scatter_add, index_select, max, min for f_indexing_test.cc."""
import torch

from golden import Golden


def differentiate(g, name, y, *leaves):
    dy = g.rand(*y.shape)
    grads = torch.autograd.grad(y, leaves, dy)
    g.put(name, y=y, dy=dy, **{"g%d" % k: t for k, t in enumerate(grads)})


with Golden(__file__) as g:
    x = g.rand(4, 5, 6)
    g.put("input", x=x)
    x.requires_grad_(True)
    for dim in range(3):
        differentiate(g, "cumsum/%d" % dim, x.cumsum(dim), x)
        for descending in (False, True):
            values, indices = x.sort(dim=dim, descending=descending, stable=True)
            name = "sort/%d%s" % (dim, "d" if descending else "a")
            differentiate(g, name, values, x)
            g.put(name, i=indices)
        for largest in (False, True):
            values, indices = x.topk(3, dim, largest=largest)
            name = "topk/%d%s" % (dim, "l" if largest else "s")
            differentiate(g, name, values, x)
            g.put(name, i=indices)
        for key, function in (("max", torch.max), ("min", torch.min)):
            values, indices = function(x, dim)
            differentiate(g, "%s/%d" % (key, dim), values, x)
            g.put("%s/%d" % (key, dim), i=indices)
        index = g.randint(0, x.shape[dim], 3, 4, 5)
        differentiate(g, "gather/%d" % dim, x.gather(dim, index), x)
        g.put("gather/%d" % dim, i=index)
        src = g.rand(3, 4, 5).requires_grad_(True)
        index = g.randint(0, x.shape[dim], 3, 4, 5)
        differentiate(g, "scatter_add/%d" % dim, x.scatter_add(dim, index, src), x, src)
        g.put("scatter_add/%d" % dim, i=index, src=src)
        index = g.randint(0, x.shape[dim], 7)
        differentiate(g, "index_select/%d" % dim, x.index_select(dim, index), x)
        g.put("index_select/%d" % dim, i=index)
    g.put("argmax", y=x.argmax(), first=torch.tensor([[1.0, 3, 3, 2], [0, 0, 0, 0]]).argmax(1))
    g.put("argmin", y=x.argmin())
    # Ties and NaN.
    t = torch.tensor([[2.0, float("nan"), 1, 2, -float("inf"), 1, float("nan"), float("inf")],
                      [0.0, -0.0, 1, 1, 0, 1, 0, -1]], dtype=torch.float64)
    g.put("special", x=t, sorted=t.sort(dim=1, stable=True)[0], order=t.sort(dim=1, stable=True)[1],
          falling=t.sort(dim=1, descending=True, stable=True)[1], argmax=t.argmax(1), argmin=t.argmin(1),
          max=t.max(1)[0], min=t.min(1)[0], cumsum=t.cumsum(1))
    n = g.randint(-9, 9, 3, 7)
    g.put("integers", x=n, cumsum=n.cumsum(1), sorted=n.sort(dim=1, stable=True)[0],
          order=n.sort(dim=1, stable=True)[1])
