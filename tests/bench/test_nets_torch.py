"""PyTorch's nets of the comparisons are ours: as many parameters, the same layers."""

import jax.numpy as jnp
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alexnet_jax.build.model import build_architecture
from alexnet_jax.configuration import read_config
from alexnet_jax.models.table import layer_table, totals
from alexnet_jax.ops.local import local_conv
from alexnet_jax.ops.lrn import within_map_norm
from experiments.bench.torch_peer import NETS, Local, WithinMapNorm

pytestmark = pytest.mark.oracle


@pytest.mark.parametrize("config", NETS)
def test_parameters_are_as_many(config):
    model = read_config(config).model
    with torch.device("meta"):  # no memory
        net = NETS[config](model.image, model.classes)
        logits = net(torch.empty(2, 3, model.image, model.image))
    ours = totals(layer_table(build_architecture(model))).parameters
    assert sum(x.numel() for x in net.parameters()) == ours
    assert logits.shape == (2, model.classes)


def test_a_local_layer_is_ours():
    draw = np.random.default_rng(0)
    layer = Local(5, 4, 6)
    maps = draw.standard_normal((2, 5, 5, 4), np.float32)
    kernel, bias = (draw.standard_normal((5, 5, n, 6), np.float32) for n in (36, 1))
    with torch.no_grad():
        # Row, column, map in ours; map, row, column in PyTorch's patches.
        ordered = kernel.reshape(25, 3, 3, 4, 6).transpose(0, 3, 1, 2, 4).reshape(25, 36, 6)
        layer.weight.copy_(torch.tensor(ordered))
        layer.bias.copy_(torch.tensor(bias.reshape(25, 6).T))
        theirs = layer(torch.tensor(maps.transpose(0, 3, 1, 2))).numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(
        theirs, local_conv(*map(jnp.asarray, (maps, kernel, bias[:, :, 0]))), atol=1e-4
    )


def test_a_normalisation_within_maps_is_ours():
    maps = 30 * np.random.default_rng(0).standard_normal((2, 6, 6, 3), np.float32)
    theirs = WithinMapNorm(3, 5e-2)(torch.tensor(maps.transpose(0, 3, 1, 2)))
    ours = within_map_norm(jnp.asarray(maps), size=3, alpha=5e-2 / 9, beta=0.75, k=1.0)
    np.testing.assert_allclose(theirs.numpy().transpose(0, 2, 3, 1), ours, rtol=1e-4)
