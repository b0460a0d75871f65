"""TensorFlow-slim's alexnet_v2 (tensorflow/models at 1585f2d, research/slim/nets/alexnet.py)."""

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv, Dense, InvertedDropout, Logits, MaxPool, Relu

drop = InvertedDropout()
# fmt: off
tf_slim = Architecture("tf_slim", (224, 224, 3), 1, (
    Conv("conv1",  64, 11, stride=4, rounding="floor", init="xavier", bias=0.1),
                                                            Relu(), MaxPool(rounding="floor"),
    Conv("conv2", 192,  5, pad=2, init="xavier", bias=0.1), Relu(), MaxPool(rounding="floor"),
    Conv("conv3", 384,  3, pad=1, init="xavier", bias=0.1), Relu(),
    Conv("conv4", 384,  3, pad=1, init="xavier", bias=0.1), Relu(),
    Conv("conv5", 256,  3, pad=1, init="xavier", bias=0.1), Relu(), MaxPool(rounding="floor"),
    Dense("fc6", 4096, init=0.005, bias=0.1),               Relu(), drop,
    Dense("fc7", 4096, init=0.005, bias=0.1),               Relu(), drop,
    Logits("fc8", 1000, init=0.005),
), "TensorFlow-slim, nets/alexnet.py: alexnet_v2")
# fmt: on
