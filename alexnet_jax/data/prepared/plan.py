"""Which picture goes into which split and shard: a function of the names alone."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from alexnet_jax.data.holdout import fraction, key_bytes
from alexnet_jax.data.origins.origin import Entry, Origin
from alexnet_jax.data.prepared.layout import shard_count, shard_name
from alexnet_jax.errors import UserError


class Shard(NamedTuple):
    """One file of the set, the unit of work. `name` is the file's."""

    name: str
    split: str
    entries: list[Entry]


@dataclass(frozen=True)
class Plan:
    """Splits as they are stored, in their order, each with the published split it is taken from.

    digest: of all keys, labels and sizes in their order, and of what decides about them.
    """

    splits: Mapping[str, list[Entry]]
    taken_from: Mapping[str, str]
    digest: str

    def shards(self, name: str) -> list[Shard]:
        """The files of the set `name`, of almost equal numbers of pictures."""
        shards = []
        for split, entries in self.splits.items():
            count = shard_count(len(entries))
            for number in range(count):
                first, last = (len(entries) * n // count for n in (number, number + 1))
                file = shard_name(name, split, number, count)
                shards.append(Shard(file, split, entries[first:last]))
        return shards


def make_plan(origin: Origin, *, side: int, held_out: float, test_share: float) -> Plan:
    """Splits the origin and orders each split as if at random, by a hash of the keys.

    "validation" is the share `held_out` of the training pictures, "train" the rest. "test" is what
    is published as test set, else as validation set; where both are, that one is "val". Where
    neither is, `test_share` of all pictures (0 for none).

    Raises UserError: no pictures are left to train on; a test share of a set that has a test set.
    """
    published = {split: entries for split, entries in origin.splits.items() if entries}
    train = published.get("train", [])
    if test_share and len(published) > 1:
        sets = " and ".join(sorted(published.keys() - {"train"}))
        raise UserError(f"{origin.described} has a published {sets} set; leave --test_share out")
    splits = {
        "train": [e for e in train if _part(e.key, held_out, test_share) == "train"],
        "validation": [e for e in train if _part(e.key, held_out, test_share) == "validation"],
        "test": [e for e in train if _part(e.key, held_out, test_share) == "test"],
    }
    taken_from = {"train": "train", "validation": "train", "test": "train"}
    if "test" in published:
        splits["test"], taken_from["test"] = published["test"], "test"
        splits["val"], taken_from["val"] = published.get("val", []), "val"
    elif "val" in published:
        splits["test"], taken_from["test"] = published["val"], "val"
    if not splits["train"]:
        raise UserError(f"{origin.described}: no pictures are left to train on; lower --held_out")
    ordered = {
        split: sorted(entries, key=lambda entry: (fraction(entry.key, "order"), entry.key))
        for split, entries in splits.items()
        if entries
    }
    settings = {"classes": origin.classes, "side": side}
    return Plan(ordered, {s: taken_from[s] for s in ordered}, _digest(ordered, settings))


def _part(key: str, held_out: float, test_share: float) -> str:
    if fraction(key, "test") < test_share:
        return "test"
    return "validation" if fraction(key, "validation") < held_out else "train"


def _digest(splits: Mapping[str, list[Entry]], settings: Mapping[str, object]) -> str:
    digest = hashlib.sha256(json.dumps(settings).encode())
    for split, entries in splits.items():
        for entry in entries:
            row = f"{split}\t{entry.key}\t{entry.label}\t{entry.size}\n"
            digest.update(key_bytes(row))
    return digest.hexdigest()
