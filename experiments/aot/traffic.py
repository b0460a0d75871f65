"""Bytes that the operations of a compiled program read from its memory and write to it.

Each operation of the entry computation is one kernel: it reads its operands and writes its result.
"""

import math
import re

from experiments.collectives import BYTES

# "%name = f32[8,4]{1,0} opcode(%a, %b), ..."; a tuple's type has parentheses of its own.
OPERATION = re.compile(r"%([\w.-]+) = ([^%\"]+?) ([\w-]+)\(([^)]*)\)")
# What follows the shape is the layout; S(1) in it is memory on the chip, of TPUs.
ARRAY = re.compile(r"([a-z]+\d*)\[([\d,]*)\](\{[^}]*\})?")
# They move nothing, or what they move is counted where it is begun, or they are exchanges.
FREE = re.compile(
    r"parameter|constant|tuple|get-tuple-element|bitcast|.*-done|.*-start|after-all|partition-id"
)


def bytes_moved(text: str) -> int:
    """All operands and results of the kernels of `compiled.as_text()`; exchanges are left out.

    What a kernel reads a part of counts whole, and what a cache holds counts as if it were read
    from memory; what the program itself keeps on the chip does not count.
    """
    entry = text.partition("\nENTRY ")[2].partition("\n}")[0]
    sizes: dict[str, int] = {}
    moved = 0
    for line in entry.splitlines():
        if match := OPERATION.search(line):
            name, result, opcode, operands = match.groups()
            sizes[name] = _size(result)
            if opcode == "copy-start":  # its result has both the copy and what is copied
                moved += sizes[name]
            elif not FREE.fullmatch(opcode):
                moved += sizes[name]
                moved += sum(sizes[x] for x in set(re.findall(r"%([\w.-]+)", operands)))
    return moved


def _size(result: str) -> int:
    return sum(
        BYTES[dtype] * math.prod(int(n) for n in shape.split(",") if n)
        for dtype, shape, layout in ARRAY.findall(result)
        if "S(" not in layout
    )
