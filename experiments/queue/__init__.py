"""Trains the claims of a list one after the other, from a clone at a fixed commit.

Nothing here imports JAX but `status`: the queue itself is small and starts at once.
"""
