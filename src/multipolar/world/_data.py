"""Where the shipped data lies."""

from importlib.resources import files
from pathlib import Path


def path(name: str) -> Path:
    return Path(str(files("multipolar.world") / "data" / name))
