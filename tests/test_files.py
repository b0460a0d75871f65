"""Files that are whole after any kill."""

import json

from alexnet_jax.files import keep_up_to, read_lines, write_json


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"st')
    assert read_lines(path) == [{"step": 1}, {"step": 2}]
    keep_up_to(path, 2)
    assert path.read_text() == '{"step": 1}\n{"step": 2}\n'


def test_json_is_replaced_in_one_move(tmp_path):
    write_json(tmp_path / "a.json", {"n": 1})
    write_json(tmp_path / "a.json", {"n": 2})
    assert json.loads((tmp_path / "a.json").read_text()) == {"n": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
