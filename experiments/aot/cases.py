"""Which steps are compiled, and what tells one from another."""

KEY = ("target", "devices", "placement", "batch", "config")  # what makes a compiled step that step
CONFIG = "configs/imagenet.py:source_2012"
PRECISIONS = {"float32": CONFIG, **{x: f"{CONFIG},{x}" for x in ("tf32", "bfloat16")}}
BATCHES = (128, 1024, 4096)  # of one chip in each precision
