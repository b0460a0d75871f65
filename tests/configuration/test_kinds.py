"""A value that a key accepts is one of its kind; any other gets one line with the key's name."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_collections import ConfigDict

from alexnet_jax.build.model import LRN, WORDS
from alexnet_jax.build.views import MEANS
from alexnet_jax.configuration.check import EVERY, typed_values
from alexnet_jax.configuration.kinds import Changes, Decay, Kind, Unset, Word, accepted
from alexnet_jax.errors import UserError
from oracles.hostile import GIVEN, TYPED


def outcome(key, value, *, typed):
    """What is accepted, as (value,); None where it is refused, in one line that names the key."""
    try:
        return (accepted(EVERY[key].kind, key, value, typed=typed),)
    except UserError as error:
        assert str(error).startswith(f"config.{key}"), error
        assert str(error).isprintable(), error
        return None


def check(key, value, *, typed):
    found = outcome(key, value, typed=typed)
    if found is None:
        return
    kind = EVERY[key].kind
    inner = kind.kind if isinstance(kind, Unset) else kind
    assert found[0] is None or type(found[0]) in (inner.plain, dict)
    assert outcome(key, found[0], typed=False) == found  # once more is the same
    stored = json.loads(json.dumps(found[0]))
    assert outcome(key, stored, typed=False) == found  # and so it comes back from config.json


@pytest.mark.parametrize("key", EVERY)
def test_values_that_no_key_expects(key):
    for value in TYPED:
        check(key, value, typed=True)
    for value in GIVEN:
        check(key, value, typed=False)


@pytest.mark.parametrize("key", EVERY)
def test_defaults_are_accepted_and_come_back_as_they_were(key):
    default = EVERY[key].default
    assert outcome(key, default, typed=False) == (default,)
    shown = outcome(key, str(default), typed=True)
    assert shown == (default,)


@given(st.sampled_from(sorted(EVERY)), st.text())
def test_any_text(key, text):
    check(key, text, typed=True)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.tuples(inner),
    max_leaves=6,
)


@given(st.sampled_from(sorted(EVERY)), VALUES)
def test_any_value(key, value):
    check(key, value, typed=False)
    check(key, repr(value), typed=True)


PAIRS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 1e6)), max_size=4)


@given(PAIRS)
def test_changes_are_what_a_schedule_takes(pairs):
    pairs = tuple(sorted({at: (at, factor) for at, factor in pairs}.values()))
    assert Changes().of(pairs) == Changes().typed(str(pairs)) == pairs
    assert Changes().of([list(pair) for pair in pairs]) == pairs


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("schedule.weights_steps", "(0.5,0.1)", "is pairs (fraction of the run, factor) in the"),
        ("seed", "-1", "is a whole number from 0 to 2147483647, not '-1'"),
        ("optimizer.momentum", "1", "is a number from 0 to below 1, not '1'"),
        ("total_epochs", "0", "is a number above 0, up to 1e+06, not '0'"),
        ("model.lrn", "all", "is one of both, layer1, layer2, none, True, False, not"),
        ("augment.random", "maybe", "is True or False, not 'maybe'"),
        ("start_from", "gs://b/r", ": gs://b/r is a URL; give a path of this machine's"),
        ("model.image", "9" * 200, f"to 2147483647, not '{'9' * 79}..."),
    ],
)
def test_the_line_says_what_a_key_is(key, text, says):
    with pytest.raises(UserError, match=re.escape(f"config.{key}") + ".*" + re.escape(says)):
        accepted(EVERY[key].kind, key, text, typed=True)


def test_decays_by_layer_are_of_runs_that_had_them():
    kind = Unset(Decay())
    assert kind.of(ConfigDict({"conv1": 0.5})) == {"conv1": 0.5}
    with pytest.raises(ValueError):
        kind.of({"conv1": -0.5})


@pytest.mark.parametrize("key", WORDS)
def test_the_words_of_a_key_are_the_edits_that_there_are(key):
    kind = EVERY[f"model.{key}"].kind.kind
    assert isinstance(kind, Word) and kind.words == tuple(WORDS[key])
    assert EVERY["augment.mean"].kind.words == tuple(MEANS)
    assert WORDS["lrn"] is LRN


def test_of_a_key_that_is_typed_twice_the_last_counts():
    assert typed_values([("seed", "1"), ("log_steps", "5"), ("seed", "2")]) == {
        "seed": 2,
        "log_steps": 5,
    }


def test_every_kind_says_what_it_is():
    for key in EVERY.values():
        assert isinstance(key.kind, Kind) and key.kind.says
