"""The shipped figures, as tables."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> Any:
    """A shipped table, a pandas DataFrame; see `data/README.md` for its columns."""
    import pandas as pd

    with files("multipolar.energy").joinpath("data", f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False, na_values=[""])


@cache
def parameter(name: str) -> float:
    """One number of `parameters.csv`."""
    return float(table("parameters").set_index("name").at[name, "value"])


@cache
def countries(commodity: str) -> dict[str, tuple[str, ...]]:
    """The countries of each node, ISO 3166-1 alpha-3."""
    nodes = table(f"{commodity}_nodes")
    return {n: tuple(str(c).split()) for n, c in zip(nodes["node"], nodes["countries"], strict=True)}


def names(commodity: str) -> dict[str, str]:
    nodes = table(f"{commodity}_nodes")
    return dict(zip(nodes["node"], nodes["name"], strict=True))
