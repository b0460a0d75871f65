"""Show a network's layers: input, kernels, output, parameters, multiply-adds, memory.

alexnet-jax summary --model source_2012
alexnet-jax summary                        lists the networks
"""

from absl import flags
from rich.console import Console

from alexnet_jax.errors import UserError
from alexnet_jax.models.summary import overview, render
from alexnet_jax.models.zoo import MODELS


def define(values: flags.FlagValues) -> None:
    flags.DEFINE_string("model", None, "Name of a network.", flag_values=values)
    flags.DEFINE_integer(
        "batch", 1, "Images at a time, for the memory.", lower_bound=1, flag_values=values
    )


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if arguments:
        raise UserError(f"summary takes flags only; --model {arguments[0]}?")
    console = Console()
    if not values.model:
        console.print(overview(MODELS))
    elif values.model in MODELS:
        console.print(render(MODELS[values.model], values.batch))
    else:
        raise UserError(f"no model {values.model!r}; there are {', '.join(MODELS)}")
    return 0
