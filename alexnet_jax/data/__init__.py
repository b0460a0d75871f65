"""Data sets, their statistics, and batches of NumPy arrays. Nothing here imports JAX."""
