"""The table of a bench that takes minutes: medians, rounds, and the ratio of each round."""

from experiments.bench.tables import peers_table

RECORD = {
    "what": "step of paper at 224 pixels, batch 8, float32",
    "images_per_second": [
        {"here": 24.0, "torch.compile": 16.0},
        {"here": 20.0, "torch.compile": 8},
    ],
    "median": {"here": 22.0, "torch.compile": 12.0},
    "ratio": {"here": 1.0, "torch.compile": 2.0},
    "versions_of_peers": {"torch": "2.13.0", "jax": "0.10.2"},
    **{
        "cores": 2,
        "cpu": "cpu",
        "time": "2026-11-26T10",
        "commit": "0123456789",
        "load_before": 0.1,
    },
}


def test_a_side_has_its_median_its_rounds_and_how_many_times_ours_is_faster():
    written = peers_table({**RECORD, "dirty": False})
    assert "| here, as started | 22.0 | 24.0, 20.0 | 1.00 |" in written
    assert "| PyTorch, torch.compile, as started | 12.0 | 16.0, 8.0 | 2.00 |" in written
    assert "2 cores, cpu; jax 0.10.2, torch 2.13.0; 2026-11-26, commit 012345678; " in written
    assert written.endswith("load before 0.1.")


def test_a_record_from_uncommitted_changes_says_so():
    written = peers_table({**RECORD, "dirty": True})
    assert written.endswith("load before 0.1, with changes that are not committed.")
