"""AlexNet (Krizhevsky, Sutskever, Hinton 2012) in JAX/Flax: two towers, both recipes."""

__version__ = "0.1.0"
