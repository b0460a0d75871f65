"""Files that are whole after any kill, and damage that is found."""

import json
import os
import random
import resource

import pytest

from alexnet_jax.errors import UserError
from alexnet_jax.files import (
    Lines,
    keep_up_to,
    read_lines,
    read_record,
    read_records,
    sealed,
    unsealed,
    write_bytes,
    write_json,
)

RECORD = {"step": 1, "rates": [0.1, 2e-5], "model": {"name": "caf\u00e9", "lrn": None, "on": True}}


def log(path, *steps):
    lines = Lines(path)
    for step in steps:
        lines.append({"step": step, "loss": step / 7})
    lines.write()
    return lines


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"st')  # of a version without checksums
    assert read_lines(path) == [{"step": 1}, {"step": 2}]
    assert keep_up_to(path, 1) == 1
    assert read_lines(path) == [{"step": 1}]
    log(path, 3)
    with path.open("ab") as file:
        file.write(b'{"step": 4, "loss": 0.')
    assert [line["step"] for line in read_lines(path)] == [1, 3]


def test_json_is_replaced_in_one_move(tmp_path):
    write_json(tmp_path / "a.json", {"n": 1})
    write_json(tmp_path / "a.json", {"n": 2})
    assert json.loads((tmp_path / "a.json").read_text()) == {"n": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_record_comes_back_from_json():
    assert unsealed(json.loads(json.dumps(sealed(RECORD)))) == RECORD
    assert unsealed(RECORD) == RECORD


def has_all(found):
    return all(RECORD.items() <= record.items() for record in found)


KINDS = {  # content, how it is read, what may be read of it
    "record": (json.dumps(sealed(RECORD)), read_record, lambda found: has_all([found])),
    "list": (json.dumps([sealed(RECORD)] * 2, indent=2), read_records, has_all),
    "lines": (f"{json.dumps(sealed(RECORD))}\n" * 2, read_lines, has_all),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_changed_byte_gives_another_record(kind, tmp_path):
    """Every byte, changed in two ways. (What is a last line without its end, a kill has cut.)"""
    path, draw = tmp_path / "file", random.Random(0)
    whole, read, is_same = KINDS[kind]
    for place in range(len(whole)):
        for _ in range(2):
            changed = bytearray(whole.encode())
            changed[place] ^= 1 << draw.randrange(8)
            path.write_bytes(changed)
            try:
                found = read(path)
            except UserError as error:
                assert str(path) in str(error) and "\n" not in str(error)
            else:
                assert is_same(found), (place, bytes(changed))


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[" * 100_000, b"null", b'"x"', b"[1]", b"\0" * 50]
)
@pytest.mark.parametrize("read", [read_record, read_records])
def test_what_was_never_written_is_damage_and_named(content, read, tmp_path):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(
        UserError, match=r"config.json is damaged \(.+\); restore it from a copy"
    ) as e:
        read(path)
    assert "\n" not in str(e.value)


def test_a_damaged_line_is_named_by_its_number(tmp_path):
    path = tmp_path / "metrics.jsonl"
    log(path, 1, 2, 3)
    text = path.read_text().splitlines()
    path.write_text("\n".join([text[0], text[1].replace("2", "8", 1), text[2], ""]))
    with pytest.raises(UserError, match=r"metrics.jsonl is damaged \(line 2: its checksum is not"):
        read_lines(path)
    with pytest.raises(UserError, match="line 2"):
        keep_up_to(path, 3)


@pytest.mark.parametrize(
    "line", ['{"stfp": 2}', '{"step": null}', '{"step": "2"}', '{"step": true}']
)
def test_a_line_without_its_step_is_damage(line, tmp_path):
    """As of a version without checksums, in which a byte was changed."""
    path = tmp_path / "speed.jsonl"
    path.write_text(f'{{"step": 1}}\n{line}\n')
    for read in (read_lines, lambda path: keep_up_to(path, 9)):
        with pytest.raises(UserError, match=r"speed.jsonl is damaged \(line 2: it has no step\)"):
            read(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "config.json").mkdir()
    with pytest.raises(UserError, match=r"cannot read .*config.json: Is a directory"):
        read_record(tmp_path / "config.json")


def test_lines_that_cannot_be_written_wait_and_come_once(tmp_path, monkeypatch):
    """As on a full disk, where a part of a line is written before the system refuses."""
    path = tmp_path / "metrics.jsonl"
    lines = log(path, 1)
    whole = os.fsync

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for step in (2, 3):
        lines.append({"step": step})
        with pytest.raises(OSError, match="No space left"):
            lines.write()
        assert [line["step"] for line in read_lines(path)] == [1]
    monkeypatch.setattr(os, "fsync", whole)
    lines.append({"step": 4})
    lines.write()
    lines.write()
    assert [line["step"] for line in read_lines(path)] == [1, 2, 3, 4]
    assert lines.count == 4


def test_a_number_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not a finite number in a log line: loss"):
        Lines(tmp_path / "a.jsonl").append({"step": 1, "loss": float("nan")})


def test_a_log_that_was_deleted_is_not_begun_anew(tmp_path):
    """Its lines would be lost without a word; put back, it goes on."""
    path = tmp_path / "metrics.jsonl"
    lines = log(path, 1, 2)
    path.rename(tmp_path / "away")
    lines.append({"step": 3})
    with pytest.raises(FileNotFoundError):
        lines.write()
    assert not path.exists()
    (tmp_path / "away").rename(path)
    lines.write()
    assert [line["step"] for line in read_lines(path)] == [1, 2, 3]


def test_of_lines_that_are_written_in_part_nothing_stays_and_the_system_says_why(tmp_path):
    path = tmp_path / "metrics.jsonl"
    lines = log(path, 1)
    before = path.read_bytes()
    lines.append({"step": 2})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 5, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            lines.write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    lines.write()
    assert [line["step"] for line in read_lines(path)] == [1, 2]


def test_a_file_that_cannot_be_written_is_named_and_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "config.json"
    path.write_text("old")

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*/config.json'"):
        write_bytes(path, b"new")
    assert [*tmp_path.iterdir()] == [path] and path.read_text() == "old"
