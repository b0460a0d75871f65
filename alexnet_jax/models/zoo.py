"""Every network by name."""

from alexnet_jax.models.alexnet import paper_net, source_2012_net
from alexnet_jax.models.architecture import Architecture

MODELS: dict[str, Architecture] = {
    "paper": paper_net,
    "source_2012": source_2012_net,
}
