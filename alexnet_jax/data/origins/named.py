"""Find an origin by what a person types."""

from pathlib import Path

from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.data.origins.imagenet2010 import list_imagenet2010
from alexnet_jax.data.origins.imagenet2012 import list_imagenet2012
from alexnet_jax.data.origins.origin import Origin
from alexnet_jax.data.origins.tfds_set import list_tfds
from alexnet_jax.errors import UserError
from alexnet_jax.paths import user_path

FORMS = "imagenet2012[:FOLDER], imagenet2010[:FOLDER], folder:FOLDER, tfds:NAME"


def list_origin(text: str, data_dir: Path) -> Origin:
    """The origin that `text` names, with all its files listed.

    Without a folder the ImageNet tars are looked for where TFDS wants them, in
    `data_dir`/downloads/manual. Raises UserError: no such form, or what the origin itself raises.
    """
    kind, colon, where = text.partition(":")
    # Absolute: other processes and machines will look there, too.
    manual = data_dir / "downloads" / "manual"
    if colon and not where:
        raise UserError(f"nothing follows the colon of {text!r}; there are {FORMS}")
    folder = user_path(where, kind).absolute() if where and kind != "tfds" else manual
    match kind, colon:
        case "imagenet2012", _:
            return list_imagenet2012(folder)
        case "imagenet2010", _:
            return list_imagenet2010(folder)
        case "folder", ":":
            return list_folder(folder)
        case "tfds", ":":
            return list_tfds(where, data_dir)
    meant = f"folder:{text}, or " if user_path(text, "source").is_dir() else ""
    raise UserError(
        f"nothing can be prepared from {text!r}; there are {meant}{FORMS}, and photos/SIDE"
    )
