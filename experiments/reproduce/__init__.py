"""From a claim to its number.

`training` says what has to be run, `run` and `scores` run and measure it, `result` keeps it as
JSON, `summary` compares it with the paper, `page` writes it down.
"""
