"""Published figures of the chips that a step can be compiled for, and how slow they make it."""

from dataclasses import dataclass

from experiments.program import Collective

GB = 1e9


@dataclass(frozen=True)
class Chip:
    """What one chip can do at most. Rates are per second, those of links in one direction."""

    name: str
    memory: int  # bytes that a program may use
    flops: float  # of products of float32 arrays at JAX's default precision
    precision: str  # what that is on this chip
    hbm: float  # bytes from or to its memory
    link: float  # bytes sent to the chips of its server or slice, over all its links together
    server: int | None  # chips that such links join; None is all of a slice
    network: float  # bytes sent to other servers
    sources: str

    def link_seconds(self, exchange: Collective, towers: int) -> float:
        """The least time in which a chip can send its share of an exchange.

        towers: chips of one net, which are neighbours; those that share the batch are so many
        apart. A ring through several servers leaves each once for each group that it serves: the
        chips of a group which are in one server share their network cards.
        """
        stride = 1 if exchange.devices <= towers else towers
        within = exchange.sent_bytes / self.link
        if self.server is None or exchange.devices * stride <= self.server:
            return within
        here = max(1, self.server // stride)
        if exchange.kind == "all-to-all":
            away = (exchange.devices - here) / (exchange.devices - 1)
            return max(within, exchange.sent_bytes * away / self.network)
        return max(within, exchange.sent_bytes / (here * self.network))


CHIPS = {
    "h100": Chip(
        name="H100 SXM 80 GB",
        memory=84_942_979_072,
        flops=494.7e12,
        precision="TF32",
        hbm=3352 * GB,
        link=450 * GB,
        server=8,
        network=50 * GB,
        sources="memory, its rate, TF32 (132 cores x 4 units x 256 multiply-adds x 1.83 GHz): "
        "openxla/xla, target_config/specs/h100_sxm.txtpb; NVLink 900 GB/s both ways: "
        "NVIDIA's H100 data sheet; a 400 Gb/s network card for each of a server's 8 GPUs: "
        "NVIDIA's DGX H100 user guide",
    ),
    "v5e": Chip(
        name="TPU v5e",
        memory=int(15.75 * 2**30),
        flops=197e12,
        precision="bfloat16",
        hbm=819 * GB,
        link=200 * GB,
        server=None,
        network=0,
        sources="197 TFLOP/s in bfloat16, 16 GB at 819 GB/s, links 400 GB/s both ways: "
        "cloud.google.com/tpu/docs/v5e; of its memory libtpu gives a program 15.75 GiB",
    ),
}
