import threading
from itertools import islice
from pathlib import Path

import grain
import numpy as np
import pytest

import programs
from alexnet_jax.data.loader import batch_order, eval_batches, train_batches, train_rows
from alexnet_jax.data.source import MemorySource


def numbered(count: int) -> MemorySource:
    """Example i has label i and pixels i."""
    labels = np.arange(count, dtype=np.int32)
    images = np.broadcast_to(labels[:, None, None, None], (count, 2, 2, 3)).astype(np.uint8)
    return MemorySource("numbered", "train", ("a",), (2, 2, 3), Path(), "-", images, labels)


def seen(source, *, steps, batch_size=4, seed=0, **options):
    batches = train_batches(source, batch_size=batch_size, seed=seed, **options)
    found = [batch.labels.tolist() for batch in islice(batches, steps)]
    batches.close()
    return found


def flat(batches):
    return [label for batch in batches for label in batch]


def test_every_epoch_is_a_new_permutation_and_batches_cross_its_border():
    order = flat(seen(numbered(10), steps=10))
    epochs = [order[i : i + 10] for i in range(0, 40, 10)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4


@pytest.mark.parametrize(("n", "batch_size"), [(1, 3), (2, 2), (7, 3), (300, 128)])
@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_the_order_is_that_of_grains_own_shuffle(n, batch_size, seed):
    grains = grain.MapDataset.range(n).seed(seed).shuffle().repeat(reseed_each_epoch=True)
    ours = batch_order(numbered(n), batch_size=batch_size, seed=seed)
    for number in (*range(12), 10**6):
        places = range(number * batch_size, (number + 1) * batch_size)
        assert [*ours[number]] == [grains[place] for place in places]


@pytest.mark.parametrize("ahead", [1, 5])
def test_numbers_of_rows_are_those_of_the_batches(ahead):
    source = numbered(10)
    rows = train_rows(source, batch_size=4, seed=3, start_step=2, ahead=ahead)
    found = [source.read(next(rows))[1].tolist() for _ in range(9)]
    rows.close()
    assert found == seen(source, steps=9, seed=3, start_step=2)


def test_seed_decides_the_order():
    assert seen(numbered(50), steps=9, seed=3) == seen(numbered(50), steps=9, seed=3)
    assert seen(numbered(50), steps=9, seed=3) != seen(numbered(50), steps=9, seed=4)


def test_resuming_at_any_step_equals_going_on():
    """Also at the batch that crosses the border of an epoch, the eighth, and after it.

    Of 30 examples, for Grain takes milliseconds to shuffle each of fewer.
    """
    whole = seen(numbered(30), steps=30)
    for step in (0, 1, 7, 8, 25):
        assert seen(numbered(30), steps=30 - step, start_step=step) == whole[step:], step


def test_batch_larger_than_the_source():
    order = flat(seen(numbered(3), steps=3, batch_size=8))
    assert all(sorted(order[i : i + 3]) == [0, 1, 2] for i in range(0, 24, 3))


def test_processes_share_the_rows_of_the_same_global_batches():
    whole = seen(numbered(30), steps=9, batch_size=4)
    parts = [
        seen(numbered(30), steps=9, batch_size=4, rows=rows) for rows in (slice(0, 2), slice(2, 4))
    ]
    assert [a + b for a, b in zip(*parts, strict=True)] == whole


def test_rows_belong_together():
    batch = next(train_batches(numbered(20), batch_size=8, seed=1))
    assert (batch.images == batch.labels[:, None, None, None]).all()
    assert batch.mask.all() and batch.mask.shape == (8,)
    assert batch.images.dtype == np.uint8 and batch.labels.dtype == np.int32


@pytest.mark.parametrize(("count", "batch_size"), [(10, 4), (12, 4), (3, 4), (4, 4), (1, 1)])
def test_evaluation_sees_all_once_in_order(count, batch_size):
    batches = list(eval_batches(numbered(count), batch_size))
    assert len(batches) == -(-count // batch_size)
    assert {batch.images.shape for batch in batches} == {(batch_size, 2, 2, 3)}
    mask = np.concatenate([batch.mask for batch in batches])
    labels = np.concatenate([batch.labels for batch in batches])
    images = np.concatenate([batch.images for batch in batches])
    assert labels[mask].tolist() == list(range(count))
    assert mask.sum() == count and not images[~mask].any() and not labels[~mask].any()


def test_evaluation_of_nothing_is_no_batches():
    assert list(eval_batches(numbered(0), 4)) == []


def test_an_impossible_batch_raises_at_once():
    with pytest.raises(ValueError, match="batch_size must be at least 1, not 0"):
        train_batches(numbered(10), batch_size=0, seed=0)


def test_no_batches_of_nothing():
    with pytest.raises(ValueError, match="numbered train has no examples"):
        train_batches(numbered(0), batch_size=4, seed=0)
    with pytest.raises(ValueError, match="at least 1"):
        eval_batches(numbered(4), 0)


def test_an_error_while_reading_reaches_the_caller():
    class Broken(MemorySource):
        def read(self, positions):
            raise OSError("disk gone")

    whole = numbered(4)
    broken = Broken(**{name: getattr(whole, name) for name in whole.__dataclass_fields__})
    with pytest.raises(OSError, match="disk gone"):
        next(train_batches(broken, batch_size=2, seed=0))


def test_closing_ends_the_threads():
    def readers():
        return {t for t in threading.enumerate() if t.name.startswith("grain-prefetch")}

    before = readers()
    batches = train_batches(numbered(10), batch_size=4, seed=0)
    next(batches)
    started = readers() - before
    assert started
    batches.close()
    for thread in started:
        thread.join(timeout=10)
        assert not thread.is_alive()


def test_an_interpreter_with_an_open_loader_ends_quietly():
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "import numpy as np\n"
        "from alexnet_jax.data.loader import train_batches\n"
        "from alexnet_jax.data.source import MemorySource\n"
        "s = MemorySource('n', 'train', ('a',), (2, 2, 3), None, '-',"
        " np.zeros((9, 2, 2, 3), np.uint8), np.zeros(9, np.int32))\n"
        "b = train_batches(s, batch_size=4, seed=0); next(b)\n"
    )
    done = programs.run(["-c", code], timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
