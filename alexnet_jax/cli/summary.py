"""Show a network's layers: input, kernels, output, parameters, multiply-adds, memory.

alexnet-jax summary --model source_2012
alexnet-jax summary --model source_2012,no_lrn    the same with a change
alexnet-jax summary                               lists the networks and the changes
"""

from absl import flags

from alexnet_jax.build.model import named_network
from alexnet_jax.cli.screen import screen
from alexnet_jax.configuration import NETWORK_ABLATIONS
from alexnet_jax.errors import UserError
from alexnet_jax.models.summary import overview, render
from alexnet_jax.models.zoo import MODELS


def define(values: flags.FlagValues) -> None:
    flags.DEFINE_string(
        "model", None, "A network; changes follow after commas: paper,no_lrn.", flag_values=values
    )
    flags.DEFINE_integer(
        "batch", 1, "Images at a time, for the memory.", lower_bound=1, flag_values=values
    )


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if arguments:
        raise UserError(f"summary takes flags only; --model {arguments[0]}?")
    if not values.model:
        screen().print(overview(MODELS))
        screen().print(f"changes: {', '.join(NETWORK_ABLATIONS)}")
    else:
        table = render(named_network(values.model), values.batch)
        screen(table).print(table)
    return 0
