"""What a compiled program sends between devices, read from its text."""

import math
import re
from typing import NamedTuple

KINDS = ("all-gather", "all-reduce", "reduce-scatter", "all-to-all", "collective-permute")
BYTES = {"pred": 1, "s8": 1, "u8": 1, "bf16": 2, "f16": 2, "f32": 4, "s32": 4, "u32": 4, "f64": 8}
# "%name = f32[8,7,7,256]{2,1,0,3} all-gather(...), ..., replica_groups={{0,1}}, ..."; the result of
# an asynchronous start holds its arguments, too, and is read at its "-done".
INSTRUCTION = re.compile(rf"= (.+?) ({'|'.join(KINDS)})(-done)?\(")
ARRAY = re.compile(r"([a-z]+\d*)\[([\d,]*)\]")


class Collective(NamedTuple):
    """One exchange. arrays: dtype and shape of what it gives, on each device."""

    kind: str
    arrays: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def size(self) -> int:
        """Values in what it gives."""
        return sum(math.prod(shape) for _, shape in self.arrays)

    @property
    def bytes(self) -> int:
        return sum(BYTES[dtype] * math.prod(shape) for dtype, shape in self.arrays)


def collectives(text: str) -> list[Collective]:
    """All of a program, in its order; `text` is `compiled.as_text()`."""
    found = []
    for line in text.splitlines():
        if match := INSTRUCTION.search(line):
            arrays = tuple(
                (dtype, tuple(int(n) for n in shape.split(",") if n))
                for dtype, shape in ARRAY.findall(match[1])
            )
            found.append(Collective(match[2], arrays))
    return found
