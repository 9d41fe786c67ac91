"""Attention and transformers: see golden.py."""
import torch
import torch.nn as nn
from golden import Golden

E, H = 8, 2


def attend(q, k, v, mask=None, causal=False, scale=None):
    scores = q @ k.transpose(-1, -2) * (scale or q.shape[-1] ** -0.5)
    if causal:
        scores = scores.masked_fill(torch.ones(q.shape[-2], k.shape[-2]).triu(1).bool(), -torch.inf)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else scores + mask
    return torch.softmax(scores, -1) @ v


def record(g, case, module, *inputs, keep=(), **keywords):
    """As g.record, the call having keywords: the module's forward gets them by a closure."""
    plain = module.forward
    module.forward = lambda *x: plain(*x, **keywords)
    g.record(case, module, *inputs, keep=keep)


with Golden(__file__) as g:
    g.seed("inputs")
    q, k, v = g.rand(2, 3, 4), g.rand(2, 5, 4), g.rand(2, 5, 6)
    see = torch.tensor([[1, 0, 1, 1, 0], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1]]).bool()
    add = g.rand(3, 5)
    g.record("function/plain", attend, q, k, v)
    g.record("function/scale", lambda q, k, v: attend(q, k, v, scale=0.25), q, k, v)
    g.record("function/causal", lambda q, k, v: attend(q, k, v, causal=True), k, k + 0.5, v)
    g.record("function/boolean", attend, q, k, v, see)
    g.record("function/floating", attend, q, k, v, add)

    x, m = g.rand(3, 2, E), g.rand(5, 2, E)  # [t, n, E], [s, n, E]
    keys, values = g.rand(5, 2, 3), g.rand(5, 2, 6)
    causal = torch.ones(3, 3).triu(1).bool()
    bias = g.rand(3, 5)
    each = (g.rand(2 * H, 3, 5) > 0.5)
    each[:, :, 0] = False
    padding = torch.tensor([[0, 0, 0, 1, 1], [0, 1, 0, 0, 0]]).bool()

    def mha(**options):
        return nn.MultiheadAttention(E, H, **options)

    record(g, "mha/self", mha(), x, x, x)
    record(g, "mha/cross", mha(), x, m, m + 0.25)
    record(g, "mha/no_bias", mha(bias=False), x, m, m)
    record(g, "mha/no_weights", mha(), x, m, m, need_weights=False)
    record(g, "mha/by_head", mha(), x, m, m, average_attn_weights=False)
    record(g, "mha/dims", mha(kdim=3, vdim=6), x, keys, values)
    record(g, "mha/batch_first", mha(batch_first=True), x.transpose(0, 1), m.transpose(0, 1),
           m.transpose(0, 1))
    record(g, "mha/one", mha(), x[:, 0], m[:, 0], m[:, 0])
    record(g, "mha/causal", mha(), x, x, x, attn_mask=causal)
    record(g, "mha/bias_mask", mha(), x, m, m, attn_mask=bias)
    record(g, "mha/each_mask", mha(), x, m, m, attn_mask=each)
    record(g, "mha/padding", mha(), x, m, m, key_padding_mask=padding)
    record(g, "mha/both", mha(), x, m, m, key_padding_mask=padding, attn_mask=bias > 0.75)
    record(g, "mha/one_head", nn.MultiheadAttention(E, 1), x, m, m)
    record(g, "mha/point", mha(), x[:1, :1], m[:1, :1], m[:1, :1])
    g.record("function/point", attend, q[:, :1], k[:, :1], v[:, :1, :1])
    g.record("function/empty", attend, q[:0], k[:0], v[:0])
    g.record("function/heads", lambda q, k, v: attend(q, k, v, causal=True), g.rand(1, 2, 3, 4),
             g.rand(1, 2, 3, 4), g.rand(1, 2, 3, 4))
    g.put("masks", causal=causal, bias=bias, each=each, padding=padding)

    def encoder(**options):
        return nn.TransformerEncoderLayer(E, H, 6, 0.0, **options)

    def decoder(**options):
        return nn.TransformerDecoderLayer(E, H, 6, 0.0, **options)

    record(g, "encoder/layer", encoder(), x)
    record(g, "encoder/gelu_first", encoder(activation="gelu", norm_first=True), x)
    record(g, "encoder/masks", encoder(batch_first=True, layer_norm_eps=0.125), m.transpose(0, 1),
           src_key_padding_mask=padding)
    record(g, "encoder/stack", nn.TransformerEncoder(encoder(), 2, nn.LayerNorm(E)), x, mask=causal)
    record(g, "decoder/layer", decoder(), x, m, tgt_mask=causal)
    record(g, "decoder/first", decoder(norm_first=True), x, m, memory_key_padding_mask=padding)
    record(g, "decoder/stack", nn.TransformerDecoder(decoder(), 2, nn.LayerNorm(E)), x, m)
