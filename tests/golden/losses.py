"""Losses: see golden.py."""
import torch
import torch.nn as nn
from golden import Golden

REDUCTIONS = ["none", "mean", "sum"]

with Golden(__file__) as g:
    g.seed("x")
    x, t = g.rand(3, 5), g.rand(3, 5)
    for r in REDUCTIONS:
        g.record("loss/mse_" + r, nn.MSELoss(reduction=r), x, t)
        g.record("loss/l1_" + r, nn.L1Loss(reduction=r), x, t)
        g.record("loss/smooth_l1_" + r, nn.SmoothL1Loss(reduction=r, beta=0.5), x, t)
        g.record("loss/huber_" + r, nn.HuberLoss(reduction=r, delta=0.75), x, t)
    g.record("loss/smooth_l1_default", nn.SmoothL1Loss(), 2 * x, t)
    g.record("loss/smooth_l1_beta0", nn.SmoothL1Loss(beta=0.0), x, t)
    g.record("loss/mse_scalar", nn.MSELoss(), x[0, 0], t[0, 0])

    g.seed("log_p")
    log_p, p = torch.log_softmax(g.rand(3, 5), 1), torch.softmax(3 * g.rand(3, 5), 1)
    log_p, p = log_p.float().double(), p.float().double()
    p[1, 2] = 0
    for r in REDUCTIONS + ["batchmean"]:
        g.record("loss/kl_div_" + r, nn.KLDivLoss(reduction=r), log_p, p, keep=[1])
    g.record("loss/kl_div_log_target", nn.KLDivLoss(reduction="batchmean", log_target=True), log_p,
             torch.log_softmax(x, 1).float().double())

    g.seed("counts")
    counts = torch.tensor([[0., 1, 2], [5, 3, 1]]).double()
    rate = g.rand(2, 3, low=0.5, high=2)
    for r in REDUCTIONS:
        g.record("loss/poisson_nll_" + r, nn.PoissonNLLLoss(reduction=r), rate, counts)
    g.record("loss/poisson_nll_full", nn.PoissonNLLLoss(full=True), rate, counts, keep=[1])
    g.record("loss/poisson_nll_rate", nn.PoissonNLLLoss(log_input=False), rate, counts)

    g.seed("var")
    var = g.rand(3, 5, low=0.25, high=2)
    for r in REDUCTIONS:
        g.record("loss/gaussian_nll_" + r, nn.GaussianNLLLoss(reduction=r), x, t, var)
    g.record("loss/gaussian_nll_full", nn.GaussianNLLLoss(full=True), x, t, var[:, :1])
    g.record("loss/gaussian_nll_rows", nn.GaussianNLLLoss(), x, t, var[:, 0])
    g.record("loss/gaussian_nll_bound", nn.GaussianNLLLoss(eps=0.5), x, t, var)

    g.seed("w5")
    w5 = g.rand(5, low=0.25, high=2)
    classes, some = torch.tensor([4, 0, 2]), torch.tensor([4, -100, 2])
    for r in REDUCTIONS:
        g.record("loss/cross_entropy_" + r, nn.CrossEntropyLoss(reduction=r), x, classes)
        g.record("loss/cross_entropy_all_" + r,
                 nn.CrossEntropyLoss(weight=w5, label_smoothing=0.125, reduction=r), x, some)
        g.record("loss/cross_entropy_soft_" + r, nn.CrossEntropyLoss(reduction=r), x, p)
        g.record("loss/cross_entropy_soft_all_" + r,
                 nn.CrossEntropyLoss(weight=w5, label_smoothing=0.125, reduction=r), x, p)
        g.record("loss/nll_" + r, nn.NLLLoss(reduction=r), x, classes)
        g.record("loss/nll_weight_" + r, nn.NLLLoss(weight=w5, ignore_index=2, reduction=r), x,
                 classes)
    g.record("loss/cross_entropy_weight", nn.CrossEntropyLoss(weight=w5), x, classes)
    g.record("loss/cross_entropy_ignore", nn.CrossEntropyLoss(ignore_index=0), x, classes)
    g.record("loss/cross_entropy_smooth", nn.CrossEntropyLoss(label_smoothing=0.25), x, classes)
    g.record("loss/cross_entropy_row", nn.CrossEntropyLoss(), x[0], classes[0])
    g.record("loss/cross_entropy_far", nn.CrossEntropyLoss(), 1000 * x, classes)
    g.seed("image")
    image, labels = g.rand(2, 3, 4, 2), g.randint(0, 3, 2, 4, 2)
    labels[0, 1, 1] = -100
    w3 = g.rand(3, low=0.25, high=2)
    for r in REDUCTIONS:
        g.record("loss/cross_entropy_image_" + r, nn.CrossEntropyLoss(weight=w3, reduction=r),
                 image, labels)
    g.record("loss/cross_entropy_image_soft", nn.CrossEntropyLoss(label_smoothing=0.125), image,
             torch.softmax(g.rand(2, 3, 4, 2), 1).float().double())
    g.record("loss/nll_image", nn.NLLLoss(), image, labels)

    g.seed("prob")
    prob, answer = g.rand(3, 4, low=0.0625, high=0.9375), g.rand(3, 4, low=0, high=1)
    yes_no = (answer > 0.5).double()
    w4 = g.rand(4, low=0.25, high=2)
    for r in REDUCTIONS:
        g.record("loss/bce_" + r, nn.BCELoss(reduction=r), prob, answer, keep=[1])
        g.record("loss/bce_logits_" + r, nn.BCEWithLogitsLoss(reduction=r), 20 * prob - 9, yes_no)
        g.record("loss/bce_logits_all_" + r,
                 nn.BCEWithLogitsLoss(weight=w4, pos_weight=2 * w4, reduction=r), 8 * prob - 4,
                 answer)
    g.record("loss/bce_weight", nn.BCELoss(weight=w4), prob, answer, keep=[1])
    g.record("loss/bce_certain", nn.BCELoss(reduction="none"),
             torch.tensor([0., 0, 1, 1]).double(), torch.tensor([0., 1, 0, 1]).double(), keep=[0, 1])
    g.record("loss/bce_logits_far", nn.BCEWithLogitsLoss(), 1000 * prob - 500, yes_no)

    g.seed("a")
    a, b, c = g.rand(3, 5), g.rand(3, 5), g.rand(3, 5)
    sign = torch.tensor([1., -1, 1]).double()
    for r in REDUCTIONS:
        g.record("loss/cosine_embedding_" + r, nn.CosineEmbeddingLoss(margin=0.25, reduction=r), a,
                 b, -sign, keep=[2])
        g.record("loss/margin_ranking_" + r, nn.MarginRankingLoss(margin=0.25, reduction=r),
                 a[:, 0], b[:, 0], sign, keep=[2])
        g.record("loss/hinge_embedding_" + r, nn.HingeEmbeddingLoss(reduction=r), a[:, 0] + 1, sign,
                 keep=[1])
        g.record("loss/triplet_" + r, nn.TripletMarginLoss(reduction=r), a, b, c)
    g.record("loss/cosine_embedding_row", nn.CosineEmbeddingLoss(), a[0], b[0], sign[0], keep=[2])
    g.record("loss/triplet_swap", nn.TripletMarginLoss(margin=2.0, swap=True), a, b, c)
    g.record("loss/triplet_p1", nn.TripletMarginLoss(p=1), a, b, c)
    g.record("loss/cosine_similarity", nn.CosineSimilarity(), a, b)
    g.record("loss/cosine_similarity_dim", nn.CosineSimilarity(dim=0, eps=0.5), a / 4, b)
    g.record("loss/pairwise_distance", nn.PairwiseDistance(), a, b)
    g.record("loss/pairwise_distance_p3", nn.PairwiseDistance(p=3, keepdim=True), a, b)
    g.record("loss/pairwise_distance_inf", nn.PairwiseDistance(p=float("inf")), a, b)

    # Defaults, single elements and classes, and batches of nothing.
    g.record("loss/huber_default", nn.HuberLoss(), 2 * x, t)
    g.record("loss/cosine_embedding_default", nn.CosineEmbeddingLoss(), a, b, sign, keep=[2])
    g.record("loss/margin_ranking_default", nn.MarginRankingLoss(), a[:, 0], b[:, 0], sign, keep=[2])
    g.record("loss/hinge_embedding_margin", nn.HingeEmbeddingLoss(margin=0.5), a[:, 0], sign, keep=[1])
    g.record("loss/nll_ignore", nn.NLLLoss(), x, some)
    g.record("loss/bce_logits_pos", nn.BCEWithLogitsLoss(pos_weight=2 * w4), 8 * prob - 4, yes_no)
    g.record("loss/kl_div_log_none", nn.KLDivLoss(reduction="none", log_target=True), log_p,
             torch.log_softmax(x, 1).float().double())
    g.record("loss/l1_scalar", nn.L1Loss(), x[0, 0], t[0, 0])
    g.record("loss/bce_point", nn.BCELoss(), prob[:1, :1], yes_no[:1, :1], keep=[1])
    g.record("loss/cross_entropy_class", nn.CrossEntropyLoss(label_smoothing=0.25), x[:, :1], 0 * classes)
    for r in REDUCTIONS:
        g.record("loss/mse_empty_" + r, nn.MSELoss(reduction=r), x[:0], t[:0])
        g.record("loss/cross_entropy_empty_" + r, nn.CrossEntropyLoss(reduction=r), x[:0], classes[:0])
        g.record("loss/bce_logits_empty_" + r, nn.BCEWithLogitsLoss(reduction=r), x[:0], t[:0])
