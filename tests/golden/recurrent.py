"""Recurrent layers and cells: see golden.py."""
import torch
import torch.nn as nn
from golden import Golden


def flat(kind, *args, **kwargs):
    """A torch module that takes its states one by one, and returns them so."""

    def forward(self, x, *state):
        state = None if not state else state[0] if len(state) == 1 else tuple(state)
        result = kind.forward(self, x, state)
        if torch.is_tensor(result):
            return result
        leaves = []
        for part in result:
            leaves.extend([part] if torch.is_tensor(part) else part)
        return leaves

    return type(kind.__name__, (kind,), {"forward": forward})(*args, **kwargs)


with Golden(__file__) as g:
    layers = {
        "rnn": (nn.RNN, dict(), 1),
        "rnn_relu": (nn.RNN, dict(nonlinearity="relu", num_layers=2), 1),
        "rnn_stack": (nn.RNN, dict(num_layers=2, bidirectional=True, batch_first=True), 1),
        "lstm": (nn.LSTM, dict(), 2),
        "lstm_plain": (nn.LSTM, dict(bias=False), 2),
        "lstm_batch_first": (nn.LSTM, dict(batch_first=True), 2),
        "lstm_stack": (nn.LSTM, dict(num_layers=2, bidirectional=True), 2),
        "lstm_projected": (nn.LSTM, dict(num_layers=2, proj_size=2, bidirectional=True), 2),
        "gru": (nn.GRU, dict(), 1),
        "gru_stack": (nn.GRU, dict(num_layers=2, bidirectional=True, batch_first=True), 1),
        "gru_plain": (nn.GRU, dict(bias=False, num_layers=2), 1),
    }
    for name, (kind, options, states) in layers.items():
        g.seed(name)
        options = {**options, "dropout": 0.25 if name == "lstm_stack" else 0.0}
        module = flat(kind, 3, 4, **options).eval()
        x = g.rand(2, 5, 3) if options.get("batch_first") else g.rand(5, 2, 3)
        g.record("layer/" + name, module, x)
        count = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
        widths = [options.get("proj_size", 0) or 4, 4][:states]
        g.record("from_state/" + name, module, x, *[g.rand(count, 2, w) for w in widths])
    g.record("unbatched/rnn", flat(nn.RNN, 3, 4, num_layers=2), g.rand(5, 3), g.rand(2, 4))
    g.record("unbatched/lstm", flat(nn.LSTM, 3, 4), g.rand(5, 3), g.rand(1, 4), g.rand(1, 4))
    g.record("unbatched/gru", flat(nn.GRU, 3, 4, bidirectional=True), g.rand(5, 3))
    g.record("one_step/lstm", flat(nn.LSTM, 3, 4), g.rand(1, 2, 3))
    for name, kind in {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}.items():
        g.seed("width" + name)
        g.record("width_of_one/" + name, flat(kind, 1, 1), g.rand(3, 1, 1))
        g.record("empty_batch/" + name, flat(kind, 3, 4), g.rand(3, 0, 3))
    for name, kind, options, states in [
        ("rnn", nn.RNNCell, dict(), 1), ("rnn_relu", nn.RNNCell, dict(nonlinearity="relu"), 1),
        ("lstm", nn.LSTMCell, dict(), 2), ("lstm_plain", nn.LSTMCell, dict(bias=False), 2),
        ("gru", nn.GRUCell, dict(), 1)]:
        g.seed("cell" + name)
        module = flat(kind, 3, 4, **options)
        g.record("cell/" + name, module, g.rand(2, 3), *[g.rand(2, 4) for _ in range(states)])
        g.record("cell_from_zeros/" + name, module, g.rand(3))
