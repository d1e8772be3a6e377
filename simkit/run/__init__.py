"""Many runs: one function over many tasks, on many processes."""

from simkit.run.replicate import replicate

__all__ = ["replicate"]
