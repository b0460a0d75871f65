"""The training step compiled for accelerators that are not here: will it fit, what limits it."""
