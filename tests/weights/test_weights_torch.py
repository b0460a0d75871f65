"""Logits of networks that go to and from PyTorch, and of Caffe's, against PyTorch itself."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import safetensors.torch
from torch import nn

import alexnet_jax as ax
from alexnet_jax.weights.torch_file import state_file
from alexnet_jax.weights.torch_state import to_state
from models.test_zoo_torch import caffe
from weights.caffe_wire import blob, net

pytestmark = pytest.mark.oracle

TOLERANCE = 1e-4  # of the largest logit; the bar of the comparison, float32 on both sides
IMAGES = 64


class AlexNet(nn.Module):
    """torchvision, models/alexnet.py, with its names."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(192, 384, 3, 1, 1), nn.ReLU(), nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU()),
            *(nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2)),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            *(nn.Dropout(), nn.Linear(9216, 4096), nn.ReLU()),
            *(nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000)),
        )

    def forward(self, x):
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def pictures(side=256):
    draw = np.random.default_rng(0)
    coarse = draw.integers(0, 256, (IMAGES, 8, 8, 3), np.uint8)
    return coarse.repeat(side // 8, 1).repeat(side // 8, 2)


def as_torchvision(images):
    """Their preparation of squares of 256 pixels."""
    x = torch.tensor(images[:, 16:240, 16:240].transpose(0, 3, 1, 2)).float() / 255
    mean, std = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    return (x - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def logits(model):
    """Of ours, for the pictures."""
    return np.asarray(model(ax.preprocess(pictures(), model)))


def agree(ours, theirs):
    theirs = theirs.detach().numpy()
    assert np.abs(ours - theirs).max() < TOLERANCE * np.abs(theirs).max()


@pytest.fixture(scope="module")
def theirs():
    """A network, and its logits."""
    torch.manual_seed(0)
    net = AlexNet().eval()
    with torch.no_grad():
        return net, net(as_torchvision(pictures()))


@pytest.fixture(scope="module")
def ours(theirs, tmp_path_factory):
    """A network, and its logits. Its numbers are theirs: to draw our own takes ten seconds."""
    path = tmp_path_factory.mktemp("ours") / "a.safetensors"
    safetensors.torch.save_file(theirs[0].state_dict(), path)
    model = ax.load(path)
    return model, logits(model)


WAYS = {
    "a.pth": lambda state, path: torch.save(state, path),
    "old.pth": lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False),
    "a.safetensors": safetensors.torch.save_file,
}


@pytest.mark.parametrize("name", WAYS)
def test_from_torchvision(theirs, tmp_path, name):
    net, expected = theirs
    WAYS[name](net.state_dict(), tmp_path / name)
    agree(logits(ax.load(tmp_path / name)), expected)


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
def test_to_torchvision(ours, tmp_path, name):
    model, expected = ours
    state = to_state(model.architecture, model.params)
    path = tmp_path / name
    if name.endswith(".pth"):
        path.write_bytes(state_file(state))
        found = torch.load(path, weights_only=True)
    else:
        safetensors.numpy.save_file(state, path)
        found = safetensors.torch.load_file(path)
    with torch.device("meta"):  # no first weights: all are replaced
        net = AlexNet().eval()
    net.load_state_dict(found, strict=True, assign=True)
    with torch.no_grad():
        agree(expected, net(as_torchvision(pictures())))


@pytest.mark.parametrize(
    ("name", "order", "old"),
    [("bvlc_alexnet", "lrn pool", True), ("caffenet", "pool lrn", False)],
)
def test_from_caffe(tmp_path, name, order, old):
    torch.manual_seed(0)
    theirs = caffe(*order.split()).eval()
    layers = [x for x in theirs if isinstance(x, nn.Conv2d | nn.Linear)]
    with torch.no_grad():
        layers[0].weight *= 0.05  # for pixels of 0..255
    names = [*(f"conv{n}" for n in range(1, 6)), *(f"fc{n}" for n in (6, 7, 8))]
    blobs = {
        layer: (x.weight.detach().numpy(), x.bias.detach().numpy())
        for layer, x in zip(names, layers, strict=True)
    }
    (tmp_path / "a.caffemodel").write_bytes(net(blobs, old=old))
    mean = np.random.default_rng(1).uniform(90, 140, (1, 3, 256, 256)).astype(np.float32)
    (tmp_path / "mean.binaryproto").write_bytes(blob(mean, four=True))

    model = ax.load(tmp_path / "a.caffemodel", network=name, mean=tmp_path / "mean.binaryproto")
    bgr = pictures()[..., ::-1].transpose(0, 3, 1, 2) - mean  # Caffe's images
    with torch.no_grad():
        agree(logits(model), theirs(torch.tensor(bgr[:, :, 14:241, 14:241].copy())))
