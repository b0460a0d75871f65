"""The files of a saved network, and what they are called. Who looks for one loads no JAX."""

WEIGHTS, CONFIG = "model.safetensors", "config.json"
KIND = "alexnet_jax network"
