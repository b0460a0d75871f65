"""Networks of the 2012 notes for whose change there is no key: `model.name` of their rows.

alexnet-jax summary --model experiments/claims/nets.py:norm2_before_relu
"""

from dataclasses import replace

from alexnet_jax.models.layers import Dense, Logits
from alexnet_jax.models.zoo import MODELS

net = MODELS["source_2012"]

# #163 and #165 (layer-params-163.cfg and -165.cfg): wc=0.001 in place of 0.0005.
twice_dense_decay = replace(
    net,
    name="twice_dense_decay",
    source="layers-153.cfg, layer-params-163.cfg",
    layers=tuple(
        replace(layer, decay=2 * layer.decay) if isinstance(layer, Dense | Logits) else layer
        for layer in net.layers
    ),
)

# #166 (layers-166.cfg): the ReLU of layer 2 after both of its norms and its pooling, as in layer 1.
conv2 = next(place for place, x in enumerate(net.layers) if getattr(x, "name", "") == "conv2")
relu, lrn, within_map, pool = net.layers[conv2 + 1 : conv2 + 5]
norm2_before_relu = replace(
    net,
    name="norm2_before_relu",
    source="layers-166.cfg",
    layers=(*net.layers[: conv2 + 1], lrn, within_map, pool, relu, *net.layers[conv2 + 5 :]),
)
