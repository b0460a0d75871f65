"""Names that other programs have for layers of these networks."""

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Dense, Dropout, InvertedDropout, Logits, Scale, Weighted


def torchvision_names(architecture: Architecture) -> dict[str, str]:
    """Our name of each layer -> torchvision's, "conv2" -> "features.3".

    There `features` are the layers up to the last before the dropout and dense ones, which are
    `classifier`; both are numbered from 0. Raises ValueError for a net that torchvision has not.
    """
    if architecture.name != "torchvision":
        raise ValueError(
            f"torchvision has one AlexNet, the model torchvision, not {architecture.name}"
        )
    names: dict[str, str] = {}
    part, number = "features", 0
    for name, layer in zip(architecture.layer_names, architecture.layers, strict=True):
        if isinstance(layer, Scale):
            continue  # there a part of the preparation of images
        if part == "features" and isinstance(layer, Dense | Logits | Dropout | InvertedDropout):
            part, number = "classifier", 0
        names[name] = f"{part}.{number}"
        number += 1
    return names


def torch_names(architecture: Architecture) -> dict[str, str]:
    """Our name of each layer with parameters -> its prefix in a state dictionary of PyTorch."""
    names = torchvision_names(architecture) if architecture.name == "torchvision" else {}
    return {
        layer.name: names.get(layer.name, layer.name)
        for layer in architecture.layers
        if isinstance(layer, Weighted)
    }


def layer_aliases(architecture: Architecture) -> dict[str, str]:
    """Names of other programs -> ours, of all layers of a net that another program has, too."""
    if architecture.name != "torchvision":
        return {}
    return {theirs: ours for ours, theirs in torchvision_names(architecture).items()}
