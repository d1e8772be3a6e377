"""Many runs: one function over many tasks, on threads, processes or a cluster; kept results."""

from simkit.run.replicate import replicate

__all__ = ["replicate"]
