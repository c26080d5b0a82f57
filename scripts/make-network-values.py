#!/usr/bin/env python3
"""Writes src/core/test/resources/numerics/networks.txt: what PyTorch computes in float64 for normalizations, losses, attention and optimizers.

Each line is a tensor: case, name, sizes joined by 'x' (or 'scalar'), numbers. Names that begin with 'd' and go on with a capital are gradients.
Needs torch; the committed file was made with 2.13 on the CPU.
"""
import pathlib
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(14)
out = []


def put(case, **tensors):
    for name, t in tensors.items():
        t = t.detach()
        sizes = "x".join(str(n) for n in t.shape) or "scalar"
        out.append(" ".join([case, name, sizes] + [repr(float(v)) for v in t.reshape(-1)]))


def with_gradients(case, f, **inputs):
    """The result y, its weights g, and the gradients of sum(y * g)."""
    leaves = {n: t.detach().clone().requires_grad_(t.is_floating_point()) for n, t in inputs.items()}
    y = f(**leaves)
    g = torch.randn_like(y)
    (y * g).sum().backward()
    grads = {"d" + n.capitalize(): t.grad for n, t in leaves.items() if t.grad is not None}
    put(case, **inputs, y=y, g=g, **grads)


def rand(*shape):
    return torch.randn(*shape).to(torch.float32).to(torch.float64)  # exact in float32


# ---- normalizations ----
with_gradients("layerNorm", lambda x, w, b: F.layer_norm(x, (4,), w, b, 1e-5), x=rand(2, 3, 4) + 2, w=rand(4), b=rand(4))
with_gradients("layerNorm2", lambda x, w, b: F.layer_norm(x, (3, 4), w, b, 1e-3), x=rand(2, 3, 4), w=rand(3, 4), b=rand(3, 4))
with_gradients("layerNormPlain", lambda x: F.layer_norm(x, (3, 4), eps=1e-5), x=rand(2, 3, 4))
with_gradients("rmsNorm", lambda x, w: F.rms_norm(x, (5,), w, 1e-6), x=rand(3, 5), w=rand(5))
with_gradients("groupNorm", lambda x, w, b: F.group_norm(x, 2, w, b, 1e-5), x=rand(2, 4, 3), w=rand(4), b=rand(4))
mean, variance = rand(3), rand(3).abs() + 0.5
put("batchNorm", mean=mean, variance=variance)
with_gradients(
    "batchNormInference",
    lambda x, w, b, mean, variance: F.batch_norm(x, mean.detach(), variance.detach(), w, b, False, 0.1, 1e-5),
    x=rand(2, 3, 2, 2), w=rand(3), b=rand(3), mean=mean, variance=variance)
m, v = mean.clone(), variance.clone()
with_gradients("batchNorm", lambda x, w, b: F.batch_norm(x, m, v, w, b, True, 0.1, 1e-5), x=rand(2, 3, 2, 2), w=rand(3), b=rand(3))
put("batchNorm", newMean=m, newVariance=v)

# ---- losses ----
x, y = rand(3, 4), rand(3, 4)
y[0, 0] = x[0, 0]
p, q = torch.sigmoid(x).float().double(), torch.sigmoid(y).float().double()
signs = torch.where(rand(3, 4) > 0, 1.0, -1.0)
for reduction in ("none", "mean", "sum"):
    r = {"reduction": reduction}
    with_gradients("mse." + reduction, lambda x, t: F.mse_loss(x, t, **r), x=x, t=y)
    with_gradients("l1." + reduction, lambda x, t: F.l1_loss(x, t, **r), x=x, t=y)
    with_gradients("huber." + reduction, lambda x, t: F.huber_loss(x, t, delta=0.7, **r), x=x, t=y)
    with_gradients("smoothL1." + reduction, lambda x, t: F.smooth_l1_loss(x, t, beta=0.7, **r), x=x, t=y)
    with_gradients("bce." + reduction, lambda x, t: F.binary_cross_entropy(x, t, **r), x=p, t=q)
    with_gradients("bceWithLogits." + reduction, lambda x, t: F.binary_cross_entropy_with_logits(x, t, **r), x=x * 20, t=q)
    with_gradients(
        "bceWithWeight." + reduction,
        lambda x, t, w: F.binary_cross_entropy_with_logits(x, t, pos_weight=w.detach(), **r), x=x, t=q, w=rand(4).abs())
    with_gradients("kl." + reduction, lambda x, t: F.kl_div(x, t, **r), x=F.log_softmax(x, -1).float().double(), t=q)
    with_gradients("klOfLogarithms." + reduction, lambda x, t: F.kl_div(x, t, log_target=True, **r), x=x, t=y)
    with_gradients("hingeEmbedding." + reduction, lambda x, t: F.hinge_embedding_loss(x, t.detach(), margin=0.8, **r), x=x, t=signs)
    with_gradients(
        "cosineEmbedding." + reduction,
        lambda x, t, s: F.cosine_embedding_loss(x, t, s.detach(), margin=-0.2, **r), x=x, t=y, s=signs[:, 0])
    labels = torch.tensor([1, 0, 3, -100, 2])
    scores, weights = rand(5, 4), rand(4).abs() + 0.1
    with_gradients("nll." + reduction, lambda x, t, w: F.nll_loss(x, t, w.detach(), **r), x=scores, t=labels, w=weights)
    with_gradients(
        "crossEntropy." + reduction,
        lambda x, t, w: F.cross_entropy(x, t, w.detach(), label_smoothing=0.1, **r), x=scores, t=labels, w=weights)
    with_gradients("crossEntropyPlain." + reduction, lambda x, t: F.cross_entropy(x, t, label_smoothing=0.2, **r), x=scores, t=labels)
    with_gradients(
        "crossEntropyOfProbabilities." + reduction,
        lambda x, t, w: F.cross_entropy(x, t, w.detach(), label_smoothing=0.1, **r),
        x=scores, t=F.softmax(rand(5, 4), -1), w=weights)
with_gradients("cosineSimilarity", lambda x, t: F.cosine_similarity(x, t, 1, 1e-8), x=rand(2, 3, 4), t=rand(2, 3, 4))

# ---- attention ----
def attention(case, f=lambda **a: F.scaled_dot_product_attention(a["q"], a["k"], a["v"]), **inputs):
    with_gradients(case, f, **inputs)


qkv = dict(q=rand(2, 2, 5, 3), k=rand(2, 2, 6, 3), v=rand(2, 2, 6, 4))
mask = rand(5, 6) > -0.5
mask[2] = False
attention("attention", **qkv)
attention("attentionCausal", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.9), **qkv)
attention("attentionMasked", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m), m=mask, **qkv)
attention("attentionBiased", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m), m=rand(2, 1, 5, 6), **qkv)
mha = torch.nn.MultiheadAttention(6, 2, batch_first=True)
for parameter in mha.parameters():
    parameter.data = rand(*parameter.shape) * 0.5
weights = dict(zip(["wq", "wk", "wv"], mha.in_proj_weight.chunk(3)), **dict(zip(["bq", "bk", "bv"], mha.in_proj_bias.chunk(3))))
x = rand(2, 4, 6)
put("multiHead", x=x, y=mha(x, x, x, need_weights=False)[0], wo=mha.out_proj.weight, bo=mha.out_proj.bias, **weights)
causal = torch.triu(torch.ones(4, 4, dtype=torch.bool), 1)
put("multiHead", causal=mha(x, x, x, attn_mask=causal, need_weights=False)[0])

# ---- optimizers ----
STEPS = 6
O = torch.optim
gradients = rand(STEPS, 3)
gradients[:, 2] *= 1e-4
start = rand(3)
put("optimizers", gradients=gradients, start=start)
for name, make in {
    "sgdNesterov": lambda p: O.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "sgdMomentum": lambda p: O.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "adamEpsilon": lambda p: O.Adam(p, lr=0.1, betas=(0.8, 0.99), eps=1e-3),
    "adamW": lambda p: O.AdamW(p, lr=0.1, weight_decay=0.2),
    "adagrad": lambda p: O.Adagrad(p, lr=0.1),
    "adadelta": lambda p: O.Adadelta(p, lr=1.0, rho=0.9, eps=1e-6),
    "nadam": lambda p: O.NAdam(p, lr=0.1),
    "rmsProp": lambda p: O.RMSprop(p, lr=0.1, alpha=0.9, eps=1e-8),
}.items():
    w = start.clone().requires_grad_()
    optimizer = make([w])
    states = []
    for g in gradients:
        w.grad = g.clone()
        optimizer.step()
        states.append(w.detach().clone())
    put("optimizers", **{name: torch.stack(states)})

target = pathlib.Path(__file__).parent.parent / "src/core/test/resources/numerics/networks.txt"
target.write_text("# scripts/make-network-values.py, torch " + torch.__version__ + "\n" + "\n".join(out) + "\n")
