"""The paper's net and its update rule in PyTorch, written from the text (sections 3 to 5) and from
the files of experiment #145 of the 2012 release. It shares no code with alexnet_jax."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
FIRST_BIAS = dict(zip(LAYERS, (0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0), strict=True))
MAPS, SIDE = 256, 6  # what fc6 sees


@dataclass(frozen=True)
class Form:
    """In what the text and the code compute different logits."""

    alpha: float  # of the normalisation across maps, for the plain sum of squares
    relu1_first: bool  # before normalisation and pooling, not after both
    within_map: bool  # a second normalisation in layer 2, over 5x5 pixels
    columns: int = 2  # halves of a layer whose windows never meet


PAPER = Form(alpha=1e-4, relu1_first=True, within_map=False)
SOURCE_2012 = Form(alpha=1e-4 / 5, relu1_first=False, within_map=True)  # "scale" over the size


def across_maps(x, alpha, columns, k=2.0):
    """Section 3.3, over the five nearest maps of the same column."""
    normed = []
    for a in x.chunk(columns, dim=1):
        squares = F.pad(a**2, (0, 0, 0, 0, 2, 2))
        normed.append(a / (k + alpha * squares.unfold(1, 5, 1).sum(-1)) ** 0.75)
    return torch.cat(normed, 1)


def within_map(x):
    """cnorm2 of layers-145.cfg: scale 0.001 over 25 pixels, minDiv 1."""
    mean = F.avg_pool2d(x**2, 5, stride=1, padding=2, count_include_pad=True)
    return x / (1 + 0.001 * mean) ** 0.75


class AlexNet(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.form = form
        self.switches = []
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        self.fc6 = nn.Linear(MAPS * SIDE * SIDE, 4096)
        self.fc7 = nn.Linear(4096, 4096)
        self.fc8 = nn.Linear(4096, 1000)

    def forward(self, images, kept=(0.5, 0.5)):
        """images [b 3 224 224]; kept: masks of fc6 and fc7 [b 4096] in training, 0.5 in testing."""
        form = self.form
        self.switches = []
        x = self.conv1(F.pad(images, (0, 3, 0, 3)))
        if form.relu1_first:
            x = self.pool(across_maps(self.relu(x), form.alpha, form.columns))
        else:
            x = self.relu(self.pool(across_maps(x, form.alpha, form.columns)))
        x = across_maps(self.relu(self.conv2(x)), form.alpha, form.columns)
        x = self.pool(within_map(x) if form.within_map else x)
        x = self.relu(self.conv3(x))
        x = self.relu(self.conv4(x))
        x = self.relu(self.pool(self.conv5(x)))
        x = self.relu(self.fc6(x.flatten(1))) * kept[0]
        x = self.relu(self.fc7(x)) * kept[1]
        return self.fc8(x)

    def relu(self, x):
        y = x.relu()
        self.note(y, lambda: x.detach().abs() / rms(x))
        return y

    def pool(self, x):
        y = F.max_pool2d(x, 3, stride=2, ceil_mode=True)

        def lead():
            cells = x.detach().unfold(2, 3, 2).unfold(3, 3, 2).flatten(4)
            first, second = cells.topk(2, -1).values.unbind(-1)
            # Cells that ReLU has put to zero tie, and pass no gradient on.
            return torch.where(first == 0, torch.inf, first - second) / rms(x)

        self.note(y, lead)
        return y

    def note(self, y, distance):
        if y.requires_grad:
            y.retain_grad()
            self.switches.append((y, distance))

    def clearance(self):
        """How far the last batch was from a switch of ReLU or pooling through which gradient
        flows, at the nearest, as a share of the layer's root mean square. Call after backward."""
        nearest = []
        for y, distance in self.switches:
            live = y.grad.abs() > 1e-3 * rms(y.grad)
            nearest.append(distance()[live].min().item())
        return min(nearest)


def rms(x):
    return x.detach().square().mean().sqrt()


def net_of(form, params):
    """The net in float64 with these parameters; none is drawn that would be replaced."""
    with torch.device("meta"):
        net = AlexNet(form)
    net.load_state_dict(to_torch(params), assign=True)
    return net


def to_torch(params):
    """Kernels [t kh kw ci co] and [t n m] and biases [t co], as PyTorch's float64 tensors."""
    state = {}
    for layer, weights in params.items():
        kernel, bias = (np.asarray(weights[kind], np.float64) for kind in ("kernel", "bias"))
        if kernel.ndim == 5:
            kernel = np.concatenate([k.transpose(3, 2, 0, 1) for k in kernel])
        else:
            kernel = np.concatenate([k.T for k in kernel])
        if layer == "fc6":  # pixels, then maps: there maps come first
            pixels = kernel.reshape(len(kernel), SIDE, SIDE, MAPS)
            kernel = pixels.transpose(0, 3, 1, 2).reshape(kernel.shape)
        state[f"{layer}.weight"] = torch.tensor(kernel)
        state[f"{layer}.bias"] = torch.tensor(bias.ravel())
    return state


def from_torch(state, like):
    """The way back: {(layer, kind): array} in the shapes of the parameters `like`."""
    arrays = {}
    for name, tensor in state.items():
        layer, kind = name.split(".")
        value = tensor.detach().numpy()
        if kind == "bias":
            arrays[layer, "bias"] = value.reshape(like[layer]["bias"].shape)
            continue
        if layer == "fc6":
            maps = value.reshape(len(value), MAPS, SIDE, SIDE)
            value = maps.transpose(0, 2, 3, 1).reshape(value.shape)
        towers = np.split(value, len(like[layer]["kernel"]))
        inverse = (2, 3, 1, 0) if value.ndim == 4 else (1, 0)
        arrays[layer, "kernel"] = np.stack([tower.transpose(inverse) for tower in towers])
    return arrays


class Sgd:
    """v <- 0.9 v - 0.0005 e w - e g, w <- w + v (section 5), one parameter after the other."""

    def __init__(self, weights, *, decay_biases):
        """weights: {"conv1.weight": tensor, ...}, changed in place."""
        self.weights, self.decay_biases = weights, decay_biases
        self.velocity = {name: torch.zeros_like(w) for name, w in weights.items()}

    @torch.no_grad()
    def step(self, gradients, weights_rate, biases_rate):
        for name, w in self.weights.items():
            is_bias = name.endswith("bias")
            e = biases_rate if is_bias else weights_rate
            decay = 0.0 if is_bias and not self.decay_biases else 0.0005
            v = self.velocity[name]
            v.copy_(0.9 * v - decay * e * w - e * gradients[name])
            w += v
