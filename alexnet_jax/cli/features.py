"""Keep what layers of a network give for pictures, in one file.

    alexnet-jax features --from runs/photos --layers conv5,relu7 --to features.npz folder/ x.png
    alexnet-jax features --from alexnet.pth --layers features.12 --to pool5.parquet folder/
    alexnet-jax features --from runs/i1k --layers relu7 --data imagenet2012/256 --split test \\
        --to test.npz

--layers are names as `alexnet-jax summary` has them, or torchvision's for its model. The file has
an array for each, one row a picture, and `files`, their names; of a data set also `labels`. Repeat
a command that was killed: it goes on.
"""

from absl import flags

from alexnet_jax.cli.bar import Bar
from alexnet_jax.cli.command import (
    define_data_dir,
    define_network,
    define_path,
    required,
)
from alexnet_jax.data.sources import open_source
from alexnet_jax.errors import UserError
from alexnet_jax.features import KINDS, Pictures, of_files, of_source, write_features
from alexnet_jax.model import Model, load
from alexnet_jax.output import notice
from alexnet_jax.predict import expand

BATCH_SIZE = 32


def define(values: flags.FlagValues) -> None:
    define_network(values, "from")
    flags.DEFINE_list("layers", None, "Layers, joined by commas.", flag_values=values)
    define_path(values, "to", "File to write, .npz or .parquet.", new_file=True)
    flags.DEFINE_string("data", None, "A data set in place of files.", flag_values=values)
    flags.DEFINE_string("split", "test", "Of the data set.", flag_values=values)
    define_data_dir(values)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    source = required(values, "from", "runs/photos")
    layers = required(values, "layers", "conv5,relu7")
    if not layers:
        raise UserError("--layers names none, for example --layers conv5,relu7")
    path = required(values, "to", "features.npz")
    if path.suffix not in KINDS:
        raise UserError(f"--to: {path} ends in none of {', '.join(KINDS)}")
    model = load(source, network=values.network, mean=values.mean, checkpoint=values.checkpoint)
    pictures = find(values, arguments, model)
    with Bar("pictures") as bar:
        missing = write_features(
            model,
            pictures,
            layers,
            path,
            batch_size=min(BATCH_SIZE, len(pictures.names)),
            progress=bar,
            failed=notice,
        )
    print(f"{path}: {', '.join(layers)} of {len(pictures.names) - missing:,} pictures")
    return 1 if missing else 0


def find(values: flags.FlagValues, arguments: list[str], model: Model) -> Pictures:
    """The pictures of the files or of the data set. UserError for both, or none."""
    if values.data is None:
        return of_files(expand(arguments, "features"), model)
    if arguments:
        raise UserError(f"features takes files or --data, not both: {arguments[0]!r}")
    return of_source(open_source(values.data, values.split, values.data_dir), model)
