"""What a machine does with a task, and what it says when it lacks something."""

import pytest

from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.data.prepared.finish import versions
from alexnet_jax.data.prepared.plan import Shard
from alexnet_jax.data.prepared.shard import Job
from alexnet_jax.data.prepared.task import INTERRUPTED, Task, carry_out, leave, say
from alexnet_jax.errors import UserError

SIDE = 24


@pytest.fixture
def task(pictures, tmp_path):
    """What the launching machine leaves for a worker."""
    origin = list_folder(pictures)
    for name in ("set", "work"):
        (tmp_path / name).mkdir()
    job = Job(tmp_path / "set", tmp_path / "work", SIDE, origin.reader, strict=False)
    return Task(
        job,
        Shard("pets-val.array_record-00000-of-00001", "val", origin.splits["val"]),
        versions(),
        tmp_path / "work" / "stop",
    )


def test_a_worker_writes_its_shard(task):
    carry_out(leave(task))
    assert [path.name for path in task.job.folder.iterdir()] == [task.shard.name]
    assert not task.stop.exists()


def test_a_worker_stops_with_the_others(task):
    task.stop.write_text("said before")
    carry_out(leave(task))
    assert not list(task.job.folder.iterdir()) and task.stop.read_text() == "said before"


def test_a_worker_with_other_versions(task):
    old = {**task.versions, "pillow": "1.0"}
    carry_out(leave(task._replace(versions=old)))
    assert "launching machine 1.0; install the same on all" in task.stop.read_text()
    assert not list(task.job.folder.iterdir())


def test_a_worker_without_the_pictures(task, tmp_path):
    away = [entry._replace(file="/elsewhere/cat.jpg") for entry in task.shard.entries]
    carry_out(leave(task._replace(shard=task.shard._replace(entries=away))))
    assert "does not see /elsewhere/cat.jpg; every worker must" in task.stop.read_text()
    assert not list(task.job.folder.iterdir())


def test_a_worker_without_the_folder(tmp_path):
    carry_out(str(tmp_path / "nowhere" / "a.task"))
    assert not list(tmp_path.iterdir())


def test_a_task_that_cannot_be_written(task):
    task.job.work.rmdir()
    with pytest.raises(UserError, match=r"^cannot write .*/work/.*: No such file or directory;"):
        leave(task)


def test_the_first_reason_stays(tmp_path):
    for reason in ("the disk is full", INTERRUPTED):
        say(tmp_path / "stop", reason)
    assert (tmp_path / "stop").read_text() == "the disk is full"
