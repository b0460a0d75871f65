"""Sets of squares of one size, made once of any origin: how they are written, read and checked.

A prepared set is an ordinary TFDS set (array_record, one picture a record, not compressed) with a
manifest and its pixel sums beside it.
"""
