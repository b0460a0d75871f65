"""What is set for the compiler, the allocator and the compilation cache, and why.

Programs (`alexnet-jax`, `python -m experiments`) call `start_program`; code that imports the
package may call `set_up` before it first uses JAX. Importing sets nothing. What a user has set
wins, name by name.

    allocator   blocks of memory are kept for the next step, in large pages
    compiler    convolutions on a CPU are not given to YNNPACK
    cache       compiled programs are kept for the next start

Only the standard library is imported here: all this comes before JAX.
"""

from alexnet_jax.settings.start import in_force, set_up, start_program, unknown_flags

__all__ = ["in_force", "set_up", "start_program", "unknown_flags"]
