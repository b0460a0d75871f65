"""What a compiled program does, read from its text: of CPUs, GPUs or TPUs.

What it sends between devices, the bytes that it reads from its memory and writes to it, and what
memory it needs.
"""

import math
import re
from typing import NamedTuple

from jax.stages import Compiled

from alexnet_jax.errors import UserError

KINDS = ("all-gather", "all-reduce", "reduce-scatter", "all-to-all", "collective-permute")
BYTES = {"pred": 1, "s8": 1, "u8": 1, "s16": 2, "u16": 2, "bf16": 2, "f16": 2}
BYTES |= {"s32": 4, "u32": 4, "f32": 4, "s64": 8, "u64": 8, "f64": 8}
# "%name = f32[8,7,7,256]{2,1,0,3} all-gather(%x), ..., replica_groups={{0,1}}, ..."; the result of
# an asynchronous start holds its arguments, too, and is read at its "-done". Values begin with "%",
# so that nothing between "=" and the kind is one.
INSTRUCTION = re.compile(
    rf"%(?P<name>[\w.-]+) = (?P<result>[^%\"]+?) (?P<kind>{'|'.join(KINDS)})(?P<half>-start|-done)?"
    r"\(%?(?P<operand>[\w.-]*)"
)
# What follows the shape is the layout; S(1) in it is memory on the chip, of TPUs.
ARRAY = re.compile(r"([a-z]+\d*)\[([\d,]*)\](\{[^}]*\})?")
GROUPS = re.compile(r"replica_groups=(?:\{(?:\{([\d,]*)\}|\})|\[\d+,(\d+)\]<=)")
AXES = re.compile(r"replica_groups=mesh\[([^\]]*)\][^{]*\{([^}:]*)\}")
AXIS = re.compile(r"'([^']+)'=(\d+)")
ALL = re.compile(r"(?:replica_count|num_partitions)=(\d+)")
# "%name = f32[8,4]{1,0} opcode(%a, %b), ..."; a tuple's type has parentheses of its own.
OPERATION = re.compile(r"%([\w.-]+) = ([^%\"]+?) ([\w-]+)\(([^)]*)\)")
# They move nothing, or what they move is counted where it is begun, or they are exchanges.
FREE = re.compile(
    r"parameter|constant|tuple|get-tuple-element|bitcast|.*-done|.*-start|after-all|partition-id"
)
Arrays = tuple[tuple[str, tuple[int, ...]], ...]  # dtypes and shapes


class Collective(NamedTuple):
    """One exchange. arrays: dtype and shape of what it gives, on each device; devices: those of one
    group, which exchange with each other only (2 where each sends to one other)."""

    kind: str
    arrays: Arrays
    devices: int

    @property
    def size(self) -> int:
        """Values in what it gives."""
        return sum(math.prod(shape) for _, shape in self.arrays)

    @property
    def bytes(self) -> int:
        """Of what it gives, on each device."""
        return bytes_of(self.arrays)

    @property
    def sent_bytes(self) -> float:
        """Bytes that each device sends if its group is a ring."""
        n = self.devices
        match self.kind:
            case "all-reduce":  # a reduce-scatter and an all-gather
                return 2 * self.bytes * (n - 1) / n
            case "reduce-scatter":  # what it gives is one of n parts
                return self.bytes * (n - 1)
            case "collective-permute":
                return self.bytes
        return self.bytes * (n - 1) / n


def collectives(text: str) -> list[Collective]:
    """All of a program, in its order; `text` is `compiled.as_text()`. One in a loop counts once.

    Raises ValueError for an exchange whose groups of devices cannot be read.
    """
    everyone = math.prod(int(n) for n in ALL.findall(text.split("\n", 1)[0]))
    started: dict[str, int] = {}
    found = []
    for line in text.splitlines():
        if not (match := INSTRUCTION.search(line)):
            continue
        kind, half = match["kind"], match["half"]
        devices = started[match["operand"]] if half == "-done" else _devices(line, kind, everyone)
        if half == "-start":
            started[match["name"]] = devices
        else:
            found.append(Collective(kind, _arrays(match["result"]), devices))
    return found


def _arrays(result: str, *, on_chip: bool = True) -> Arrays:
    """on_chip: also those in a chip's own memory."""
    return tuple(
        (dtype, tuple(int(n) for n in shape.split(",") if n))
        for dtype, shape, layout in ARRAY.findall(result)
        if on_chip or "S(" not in layout
    )


def bytes_of(arrays: Arrays) -> int:
    return sum(BYTES[dtype] * math.prod(shape) for dtype, shape in arrays)


def _devices(line: str, kind: str, everyone: int) -> int:
    """Of one group: {{0,1},{2,3}}, [2,4]<=[8] (2 groups of 4), {}, which is all devices, or
    mesh['data'=4,'tower'=2] {'data'}, along named axes of a mesh."""
    if kind == "collective-permute":
        return 2
    if match := AXES.search(line):
        sizes = dict(AXIS.findall(match[1]))
        return math.prod(int(sizes[axis.strip("'")]) for axis in match[2].split(","))
    match = GROUPS.search(line)
    if not match:
        raise ValueError(f"cannot read the groups of devices of: {line.strip()[:300]}")
    listed, of_iota = match.groups()
    if of_iota:
        return int(of_iota)
    return len(listed.split(",")) if listed else everyone


def bytes_moved(text: str) -> int:
    """All operands and results of the kernels of `compiled.as_text()`; exchanges are left out.

    Each operation of the entry computation is one kernel. What a kernel reads a part of counts
    whole, and what a cache holds counts as if it were read from memory; what the program itself
    keeps on the chip does not count.
    """
    entry = text.partition("\nENTRY ")[2].partition("\n}")[0]
    sizes: dict[str, int] = {}
    moved = 0
    for line in entry.splitlines():
        if match := OPERATION.search(line):
            name, result, opcode, operands = match.groups()
            sizes[name] = bytes_of(_arrays(result, on_chip=False))
            if opcode == "copy-start":  # its result has both the copy and what is copied
                moved += sizes[name]
            elif not FREE.fullmatch(opcode):
                moved += sizes[name]
                moved += sum(sizes[x] for x in set(re.findall(r"%([\w.-]+)", operands)))
    return moved


def memory_bytes(compiled: Compiled) -> dict[str, int]:
    """What the program holds at once: what it is given, its results that do not take the place of
    that, what it needs meanwhile, and itself. Raises UserError if the compiler does not say."""
    sizes = compiled.memory_analysis()
    if sizes is None:
        raise UserError("this compiler does not say what memory a program needs; use another jax")
    parts = {
        "arguments": sizes.argument_size_in_bytes,
        "results": sizes.output_size_in_bytes - sizes.alias_size_in_bytes,
        "temporaries": sizes.temp_size_in_bytes,
        "code": sizes.generated_code_size_in_bytes,
    }
    return {**parts, "all": sum(parts.values())}
