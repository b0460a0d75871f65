"""Exchanges are read from a program's text as XLA writes it for CPUs, GPUs and TPUs."""

import jax
import jax.numpy as jnp
import pytest
from jax import P

from alexnet_jax.sharding import make_mesh
from experiments.program import Collective, collectives

HEADER = "HloModule jit_step, is_scheduled=true, replica_count=2, num_partitions=4\n"
PROGRAM = """
  %all-reduce.5 = (f32[1,48]{1,0:T(1,128)S(1)}, s32[]{:T(128)}, /*index=2*/bf16[2,3]{1,0}) \
all-reduce(%a, %b, /*index=2*/%c), channel_id=1, replica_groups={{0,1,2},{3,4,5}}, to_apply=%add
  %x = f32[8,4096]{0,1} add(%all-gather.1, %y), metadata={op_name="jit(f)/all-gather(x)"}
  %ag = (f32[4,2]{1,0}, f32[8,2]{1,0}) all-gather-start(f32[4,2]{1,0} %p), replica_groups=[4,2]<=[8]
  %rs = ((f32[8,2]{0,1}), f32[2,2]{0,1}) reduce-scatter-start(%q), replica_groups=[2,4]<=[4,2]T(1,0)
  ROOT %agd = f32[8,2]{1,0} all-gather-done(%ag)
  %rsd = f32[2,2]{0,1} reduce-scatter-done(%rs), metadata={op_name="x"}
  %ar = u8[10]{0} all-reduce(%r), channel_id=3, replica_groups={}, to_apply=%add
  %am = f32[3]{0} all-reduce(%s), replica_groups=mesh['data'=4,'tower'=2] {'data'}, to_apply=%add
  %aa = f16[6]{0:T(256)} all-to-all(%s), replica_groups={{0,1},{2,3},{4,5},{6,7}}, dimensions={0}
  %cp = f32[5]{0} collective-permute(%t), channel_id=7, source_target_pairs={{0,1},{1,2},{2,0}}
"""


def test_collectives_are_read_from_a_programs_text():
    assert collectives(HEADER + PROGRAM) == [
        Collective("all-reduce", (("f32", (1, 48)), ("s32", ()), ("bf16", (2, 3))), 3),
        Collective("all-gather", (("f32", (8, 2)),), 2),
        Collective("reduce-scatter", (("f32", (2, 2)),), 4),
        Collective("all-reduce", (("u8", (10,)),), 8),
        Collective("all-reduce", (("f32", (3,)),), 4),
        Collective("all-to-all", (("f16", (6,)),), 2),
        Collective("collective-permute", (("f32", (5,)),), 2),
    ]


def test_bytes_given_and_sent():
    found = collectives(HEADER + PROGRAM)
    assert [c.bytes for c in found] == [48 * 4 + 4 + 12, 64, 16, 10, 12, 12, 20]
    assert [c.sent_bytes for c in found] == [
        2 * 208 * 2 / 3,  # three devices: each sends two of three parts, twice
        32,  # its own half
        48,  # all but its own quarter of 64 bytes
        2 * 10 * 7 / 8,
        18,
        6,
        20,
    ]


def test_groups_that_cannot_be_read():
    with pytest.raises(ValueError, match="groups of devices of: %a = f32"):
        collectives("  %a = f32[2] all-reduce(%b), replica_groups=some")


def test_of_programs_that_xla_compiles():
    mesh = make_mesh(2, 2)

    def exchange(x):
        return (
            jax.lax.psum(x, ("data", "tower")),
            jax.lax.all_gather(x, "tower", tiled=True),
            jax.lax.psum_scatter(x, "data", tiled=True),
        )

    step = jax.shard_map(
        exchange, mesh=mesh, in_specs=P(), out_specs=(P(), P(), P("data")), check_vma=False
    )
    text = jax.jit(step).lower(jnp.zeros((4, 3))).compile().as_text()
    assert {(c.kind, c.size, c.devices) for c in collectives(text)} == {
        ("all-reduce", 12, 4),
        ("all-gather", 24, 2),
        ("reduce-scatter", 6, 2),
    }
