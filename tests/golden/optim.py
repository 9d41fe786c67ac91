"""Trajectories of torch.optim: 50 steps of a small model, and 50 epochs of schedules."""
import torch
from torch.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from torch.optim import lr_scheduler as S
from torch.optim.swa_utils import AveragedModel

from golden import Golden

STEPS = 50
KEPT = [1, 10, 25, 50]  # steps after which parameters are stored

OPTIMIZERS = {
    "sgd": (SGD, dict(lr=0.1)),
    "sgd_momentum": (SGD, dict(lr=0.1, momentum=0.9, weight_decay=0.01)),
    "sgd_dampening": (SGD, dict(lr=0.1, momentum=0.8, dampening=0.3)),
    "sgd_nesterov": (SGD, dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.1)),
    "sgd_maximize": (SGD, dict(lr=0.01, momentum=0.5, maximize=True)),
    "adam": (Adam, dict(lr=0.01)),
    "adam_decay": (Adam, dict(lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
    "adam_amsgrad": (Adam, dict(lr=0.05, betas=(0.5, 0.6), amsgrad=True)),
    "adam_beta0": (Adam, dict(lr=0.01, betas=(0.0, 0.9), maximize=True)),
    "adamw": (AdamW, dict(lr=0.01)),
    "adamw_decay": (AdamW, dict(lr=0.02, betas=(0.8, 0.95), weight_decay=0.3)),
    "adamw_amsgrad": (AdamW, dict(lr=0.05, betas=(0.5, 0.6), amsgrad=True, maximize=True)),
    "rmsprop": (RMSprop, dict(lr=0.01)),
    "rmsprop_centered": (RMSprop, dict(lr=0.01, alpha=0.9, centered=True, weight_decay=0.01)),
    "rmsprop_momentum": (RMSprop, dict(lr=0.005, alpha=0.95, eps=1e-4, momentum=0.9)),
    "rmsprop_all": (RMSprop, dict(lr=0.005, momentum=0.5, centered=True, weight_decay=0.1, maximize=True)),
    "adagrad": (Adagrad, dict(lr=0.1)),
    "adagrad_decay": (Adagrad, dict(lr=0.1, lr_decay=0.05, weight_decay=0.1)),
    "adagrad_initial": (Adagrad, dict(lr=0.2, initial_accumulator_value=0.5, eps=1e-6, maximize=True)),
}

MAKE = {"sgd": lambda p: SGD(p, lr=0.1, momentum=0.9), "adam": lambda p: Adam(p, lr=0.01)}

SCHEDULES = {
    "lambda": lambda o: S.LambdaLR(o, lambda e: 1 / (1 + 0.1 * e)),
    "step": lambda o: S.StepLR(o, step_size=7, gamma=0.5),
    "multistep": lambda o: S.MultiStepLR(o, milestones=[5, 20, 20, 41], gamma=0.3),
    "exponential": lambda o: S.ExponentialLR(o, gamma=0.95),
    "constant": lambda o: S.ConstantLR(o, factor=0.25, total_iters=12),
    "linear": lambda o: S.LinearLR(o, start_factor=0.1, end_factor=0.8, total_iters=20),
    "cosine": lambda o: S.CosineAnnealingLR(o, T_max=15, eta_min=0.001),
    "onecycle": lambda o: S.OneCycleLR(o, max_lr=0.2, total_steps=60),
    "onecycle_linear": lambda o: S.OneCycleLR(o, max_lr=0.1, epochs=6, steps_per_epoch=10, pct_start=0.4,
                                              anneal_strategy="linear", div_factor=10, final_div_factor=100),
    "onecycle_three": lambda o: S.OneCycleLR(o, max_lr=0.1, total_steps=52, three_phase=True,
                                             base_momentum=0.7, max_momentum=0.9),
    "onecycle_fixed": lambda o: S.OneCycleLR(o, max_lr=0.1, total_steps=52, cycle_momentum=False),
    "sequential": lambda o: S.SequentialLR(
        o, [S.LinearLR(o, start_factor=0.1, total_iters=10), S.CosineAnnealingLR(o, T_max=30),
            S.ExponentialLR(o, gamma=0.8)], milestones=[10, 40]),
    "chained": lambda o: S.ChainedScheduler(
        [S.ConstantLR(o, factor=0.1, total_iters=5), S.ExponentialLR(o, gamma=0.9)]),
}

PLATEAUS = {
    "plateau": dict(patience=3, factor=0.5),
    "plateau_cooldown": dict(patience=1, cooldown=4, threshold=0.05, min_lr=0.004),
    "plateau_max": dict(mode="max", patience=2, factor=0.3, threshold=0.02, threshold_mode="abs"),
}


class Model:
    """loss = mean((tanh(x w + b) - t)^2), in two groups when asked."""

    def __init__(self, g, dtype=torch.float64):
        self.x, self.t, w, b = (g.tensors["data/" + k] for k in ("x", "t", "w", "b"))
        self.w, self.b = w.clone().requires_grad_(), b.clone().requires_grad_()

    def backward(self):
        self.w.grad = self.b.grad = None
        ((torch.tanh(self.x @ self.w + self.b) - self.t) ** 2).mean().backward()


def train(g, case, model, optimizer, schedule=None):
    kept = []
    for i in range(1, STEPS + 1):
        model.backward()
        optimizer.step()
        if schedule:
            schedule()
        if i in KEPT:
            kept.append(torch.cat([model.w.detach().flatten(), model.b.detach()]))
    g.put(case, parameters=torch.stack(kept))


def main():
    with Golden(__file__) as g:
        g.put("data", x=g.rand(6, 3), t=g.rand(6, 4), w=g.rand(3, 4), b=g.rand(4))
        for name, (kind, options) in OPTIMIZERS.items():
            model = Model(g)
            train(g, "optimizer/" + name, model, kind([model.w, model.b], **options))

        model = Model(g)
        groups = [dict(params=[model.w], lr=0.2, momentum=0.5), dict(params=[model.b], weight_decay=0.1)]
        optimizer = SGD(groups, lr=0.05, momentum=0.9)
        train(g, "groups/sgd", model, optimizer, S.StepLR(optimizer, 10, 0.5).step)

        # The parameters that an optimizer with a schedule finds, and what the schedule set.
        for kind, make in MAKE.items():
            for name, schedule in SCHEDULES.items():
                model = Model(g)
                optimizer = make([model.w, model.b])
                s = schedule(optimizer)
                key = "momentum" if kind == "sgd" else "betas"
                first = lambda v: v if kind == "sgd" else v[0]
                group = optimizer.param_groups[0]
                lrs, momenta = [group["lr"]], [first(group[key])]

                def step():
                    s.step()
                    lrs.append(group["lr"])
                    momenta.append(first(group[key]))

                case = f"schedule/{kind}/{name}"
                train(g, case, model, optimizer, step)
                g.put(case, lr=torch.tensor(lrs, dtype=torch.float64),
                      momentum=torch.tensor(momenta, dtype=torch.float64))

        g.seed("plateau")
        metric = torch.exp(-torch.arange(STEPS, dtype=torch.float64) / 8).round(decimals=2) + 0.02 * g.rand(STEPS)
        g.put("plateau", metric=metric)
        for name, options in PLATEAUS.items():
            model = Model(g)
            optimizer = SGD([model.w, model.b], lr=0.1)
            s, lrs = S.ReduceLROnPlateau(optimizer, **options), []
            for m in metric:
                s.step(float(m))
                lrs.append(optimizer.param_groups[0]["lr"])
            g.put("plateau/" + name, lr=torch.tensor(lrs, dtype=torch.float64))

        for name, norm_type in {"1": 1.0, "1.5": 1.5, "2": 2.0, "3": 3.0, "inf": float("inf")}.items():
            model = Model(g)
            model.backward()
            norm = torch.nn.utils.clip_grad_norm_([model.w, model.b], 0.1, norm_type)
            g.put("clip_norm/" + name, norm=norm, w=model.w.grad, b=model.b.grad)
        model = Model(g)
        model.backward()
        torch.nn.utils.clip_grad_value_([model.w, model.b], 0.02)
        g.put("clip_value", w=model.w.grad, b=model.b.grad)

        net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)).double()
        data = [g.tensors["data/" + k] for k in ("x", "t", "w", "b")]
        with torch.no_grad():
            net[0].weight.copy_(data[2].t())
            net[0].bias.copy_(data[3])
        averages = {buffers: AveragedModel(net, avg_fn=lambda a, p, n: 0.9 * a + 0.1 * p, use_buffers=buffers)
                    for buffers in (False, True)}
        optimizer = SGD(net.parameters(), lr=0.1)
        for _ in range(STEPS):
            optimizer.zero_grad()
            ((net(data[0]) - data[1]) ** 2).mean().backward()
            optimizer.step()
            for average in averages.values():
                average.update_parameters(net)
        names = {"0.weight": "weight", "0.bias": "bias", "1.weight": "gamma", "1.bias": "beta",
                 "1.running_mean": "mean", "1.running_var": "var"}
        for buffers, average in averages.items():
            state = average.module.state_dict()
            g.put("ema/" + ("buffers" if buffers else "parameters"), **{k: state[n] for n, k in names.items()})


if __name__ == "__main__":
    main()
