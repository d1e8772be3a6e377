"""What all tests share: figures without a screen, repeatable examples, the public data."""

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import matplotlib as mpl
import pytest

ROOT = Path(__file__).resolve().parents[1]

mpl.use("Agg")

# The same examples in every run, and no deadline: the tests share cores with one another.
hypothesis.settings.register_profile("simkit", derandomize=True, deadline=None)
hypothesis.settings.load_profile("simkit")


@pytest.fixture(scope="session")
def repository_root() -> Path:
    """The top folder of this checkout."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """The path of a public data file by its name; skips the test where the file is not at hand.

    The files are not ours to ship. They are looked for in the folder that SIMKIT_REAL_DATA names,
    or in ``shared/data`` beside the checkout.
    """
    folder = Path(os.environ.get("SIMKIT_REAL_DATA") or ROOT.parent / "shared" / "data")

    def path_of(name: str) -> Path:
        path = folder / name
        if not path.is_file():
            pytest.skip(f"the public data file {name} is not in {folder}")
        return path

    return path_of
