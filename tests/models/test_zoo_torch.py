"""Other people's nets, written as PyTorch writes them: logits in evaluation."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn

from alexnet_jax.models.network import forward
from alexnet_jax.models.zoo import MODELS
from oracles import torch_alexnet as oracle
from oracles.agreement import difference, draw_batch, draw_params

pytestmark = pytest.mark.oracle

TOLERANCE = 1e-5  # float32 rounding, as in test_paper_net_torch.py; measured 7e-7


def classifier():
    return (
        nn.Flatten(),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 1000),
    )


def caffe(*after_relu):
    """models/bvlc_*/train_val.prototxt; like Caffe, PyTorch divides alpha by the size."""
    lrn = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
    pool = nn.MaxPool2d(3, 2, ceil_mode=True)
    after = [nn.ReLU(), *({"lrn": lrn, "pool": pool}[word] for word in after_relu)]
    return nn.Sequential(
        nn.Conv2d(3, 96, 11, stride=4),
        *after,
        nn.Conv2d(96, 256, 5, padding=2, groups=2),
        *after,
        nn.Conv2d(256, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1, groups=2),
        nn.ReLU(),
        pool,
        *classifier(),
    )


def torchvision():
    """torchvision, models/alexnet.py."""
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.AdaptiveAvgPool2d(6),
        nn.Dropout(),
        nn.Flatten(),
        nn.Linear(256 * 6 * 6, 4096),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Linear(4096, 1000),
    )


NETS = {
    "torchvision": torchvision,
    "bvlc_alexnet": partial(caffe, "lrn", "pool"),
    "caffenet": partial(caffe, "pool", "lrn"),
}
MEAN = np.array([0.485, 0.456, 0.406])
STD = np.array([0.229, 0.224, 0.225])  # of pixels on a 0..1 scale; torchvision's


@pytest.mark.parametrize("name", NETS)
def test_logits(name):
    architecture = MODELS[name]
    first_bias = {layer.name: layer.bias for layer in architecture.weighted}
    params = draw_params(architecture, first_bias)
    side = architecture.input[0]
    pictures = draw_batch(0, 2)[0][:, :side, :side]
    if name == "torchvision":
        params["conv1"]["kernel"] *= 50  # a kernel for 0..255 becomes one for its scale
        seen, theirs = pictures - 255 * MEAN, (pictures / 255 - MEAN) / STD
    else:
        seen = theirs = pictures - 120.0
    with torch.device("meta"):  # no first weights: all are replaced
        net = NETS[name]().eval()
    state = oracle.to_torch(params)
    net.load_state_dict(dict(zip(net.state_dict(), state.values(), strict=True)), assign=True)
    with torch.no_grad():
        expected = net(torch.tensor(theirs.transpose(0, 3, 1, 2)))
    ours = jax.jit(forward, static_argnums=0)(architecture, params, jnp.float32(seen))
    assert difference(ours, expected) < TOLERANCE
