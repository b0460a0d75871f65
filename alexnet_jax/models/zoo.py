"""Every network by name.

What is derived is derived from `source_2012`, the net that was run. What a key of config.model does
to any of these (no normalisation, plain pooling, ...) has its name in configuration/variants.py.
Where a number in the comments is not a count, it is a logged error rate in percent, top-1/top-5 by
ten views, on ILSVRC-2012 val unless said.
"""

from dataclasses import replace

from alexnet_jax.models.ablations import resized, seeing, with_sixth_conv
from alexnet_jax.models.alexnet import paper_net, source_2012_net
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.caffe import bvlc_alexnet, caffenet
from alexnet_jax.models.cifar import (
    cifar_18pct,
    cifar_19pct,
    cifar_80sec,
    cifar_conv_local_11pct,
    cifar_conv_local_13pct,
)
from alexnet_jax.models.d2l import alexnet28, d2l, lenet5, lenet5_dropout
from alexnet_jax.models.owt import cuda_convnet2, owt_footnote, torchvision
from alexnet_jax.models.slim import tf_slim

net = source_2012_net
one_tower = replace(net, towers=1)


def _named(name: str, source: str, architecture: Architecture) -> Architecture:
    return replace(architecture, name=name, source=source)


MODELS: dict[str, Architecture] = {
    model.name: model
    for model in (
        paper_net,  # 37.5/17.0 on ILSVRC-2010 test, 40.7/18.2 on ILSVRC-2012 val
        source_2012_net,
        _named("one_tower", "source_2012, every kernel sees all maps", one_tower),
        # Section 3.2's yardstick for two GPUs, 39.2/18.2 on ILSVRC-2010 test.
        _named(
            "half_145",
            "#145-half: half the maps in conv1 to conv4",
            resized(one_tower, conv1=48, conv2=128, conv3=192, conv4=192),
        ),
        _named(
            "single_half",
            "one GPU's half of source_2012",
            resized(
                one_tower, conv1=48, conv2=128, conv3=192, conv4=192, conv5=128, fc6=2048, fc7=2048
            ),
        ),
        # Section 6, pre-trained on 22,000 classes: 39.0/16.6.
        _named("sixth_conv", "#146: one more convolution", with_sixth_conv(net)),
        # Connections between the towers.
        _named(
            "never_talk",  # 41.8/19.3
            "#150: no exchange before the logits; wider",
            seeing(
                resized(net, conv2=320, fc6=8192, fc7=8192), conv3="tower", fc6="tower", fc7="tower"
            ),
        ),
        _named(
            "exchange_at_conv4",  # the notes: worse than at conv3
            "source_2012 with the exchange of #133",
            seeing(net, conv3="tower", conv4="all"),
        ),
        # Other people's.
        bvlc_alexnet,
        caffenet,
        cuda_convnet2,
        torchvision,
        owt_footnote,
        tf_slim,
        d2l,
        lenet5,
        lenet5_dropout,
        alexnet28,
        cifar_80sec,
        cifar_19pct,
        cifar_18pct,
        cifar_conv_local_13pct,
        cifar_conv_local_11pct,
    )
}
