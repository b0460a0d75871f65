"""The tables of docs/data.md, with numbers that can be checked by hand."""

from experiments.bench.data_tables import imagenet_cost, loader_table, prepare_table, tar_sizes

SET = {
    "median": {
        "ours": 450.4,
        "write_shard": 400.0,
        "pillow box": 300.0,
        "pillow bilinear": 250.0,
        "pillow bicubic": 200.0,
        "pillow lanczos": 150.0,
    },
    "best": {"ours": 470.2},
    "ratio": {
        "write_shard": 1.1,
        "pillow box": 1.5,
        "pillow bilinear": 1.8,
        "pillow bicubic": 2.25,
        "pillow lanczos": 3.0,
    },
    "difference": {
        "pillow box": 0.021,
        "pillow bilinear": 2.5,
        "pillow bicubic": 2.25,
        "pillow lanczos": 2.0,
    },
    "decoded_per_second": {"ours": 900.0, "pillow": 800.0},
    "checksummed_per_second": 8000.0,
    "bytes_a_file": 95648,
    "subsampling": {"444": 56, "420": 2, "Gray": 1},
}
MACHINE = {
    "cores": 2,
    "cpu": "a CPU",
    "versions": {
        "pillow": "13.0",
        "simplejpeg": "1.9",
        "cykooz-resizer": "4.0",
        "grain": "0.2",
        "torch": "2.13",
    },
}
PREPARING = {"sets": {"all as they come": SET}, "bytes_a_record": 200_000.0, **MACHINE}
LOADING = {
    "median": {"1 thread": 2000.0, "2 threads": 4000.0, "torch": 500.0},
    "ours": "2 threads",
    "step": 40.0,
    "images_per_second": [
        {"2 threads": 4100.0, "torch": 500.0},
        {"2 threads": 4000.0, "torch": 500.0},
        {"2 threads": 4000.0, "torch": 490.0},
    ],
    **MACHINE,
}


def test_preparing():
    lines = prepare_table(PREPARING).splitlines()
    assert lines[:3] == [
        "| images/s on one core | all as they come |",
        "| --- | ---: |",
        "| here | 450 |",
    ]
    assert "| here, in the best round | 470 |" in lines
    assert "| here, by `write_shard` itself | 400 |" in lines
    assert "| Pillow, bicubic | 200 (2.25) |" in lines
    assert "| decoding alone, Pillow | 800 |" in lines
    assert "| grey levels from Pillow, box | 0.02 |" in lines
    assert "| bytes a file | 95,648 |" in lines
    assert "| subsampling | 4:4:4 56, 4:2:0 2, Gray 1 |" in lines
    assert lines[-1] == "2 cores, a CPU; pillow 13.0, simplejpeg 1.9, cykooz-resizer 4.0."


def test_loading():
    lines = loader_table(LOADING).splitlines()
    assert "| prepared set, 2 threads (the default) | 4,000 | 100.0 |" in lines
    assert "| JPEGs, torch DataLoader | 500 | 12.5 |" in lines
    assert "| a training step on the CPU | 40.0 | 1 |" in lines
    assert lines[-1].startswith("The default reads 8.2 times as many as torch. 2 cores, a CPU; ")


def test_cost():
    """1,331,167 pictures: 200,000 bytes each are 266.2 GB, at 400/s a core 1,664 s on two cores."""
    lines = imagenet_cost(PREPARING, LOADING).splitlines()
    assert "| pixels of the prepared set, 1,331,167 pictures | 261.7 GB |" in lines
    assert "| files of the prepared set | 266.2 GB |" in lines
    for cores, cell in {
        2: "27 min 44 s (reads 93, writes 160 MB/s)",
        8: "6 min 56 s (reads 372, writes 640 MB/s)",
        32: "1 min 44 s (reads 1,487, writes 2,560 MB/s)",
    }.items():
        assert f"| preparing on {cores} cores, if they and the disk keep up | {cell} |" in lines
    assert "| verifying the checksums, one core, in the page cache | 2 min 46 s |" in lines
    assert "| loading an epoch, in the page cache | 5 min 20 s |" in lines
    assert lines[-1].endswith("takes more than | 4,000 images/s |")


def test_sizes_of_the_official_tars():
    assert tar_sizes() == [147_897_477_120, 6_744_924_160]
