"""The figures the accounts rest on, each with its range, source and how well it is confirmed."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from multipolar.errors import InputError, unknown

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("observed", "estimated", "assumed")
# From best to worst: a computed line is as well confirmed as the worst figure it rests on. `chosen` marks a lever.
MARKS = ("confirmed", "chosen", "derived", "unconfirmed")
TABLES = ("budget", "military", "aid", "controlled_goods", "oil_prices", "oil_exports", "collected")


@dataclass(frozen=True)
class Input:
    """One figure. `low` and `high` bound what it may be; `status` is observed, estimated or assumed; `mark` is
    confirmed (found in the source), derived (arithmetic or one reading of it) or unconfirmed (to be checked)."""

    key: str
    value: float
    low: float
    high: float
    unit: str
    period: str
    source: str
    status: str
    mark: str
    note: str


@cache
def inputs() -> Mapping[str, Input]:
    """All shipped figures by key, in the order of the file."""
    text = files("multipolar.war").joinpath("data/inputs.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        numbers = {name: float(row[name]) for name in ("value", "low", "high")}
        found[row["key"]] = Input(**{**row, **numbers})
    return MappingProxyType(found)


def central(key: str) -> float:
    return inputs()[key].value


def figures(table: str) -> pd.DataFrame:
    """The figures collected on one subject, as published, with source and mark: `budget`, `military`, `aid`,
    `controlled_goods`, `oil_prices`, `oil_exports`, or `collected` (found for these accounts).

    Raises `InputError` for another name.
    """
    import pandas as pd

    if table not in TABLES:
        raise InputError(unknown("table of war figures", table, TABLES))
    with files("multipolar.war").joinpath("data/figures.csv").open(encoding="utf-8") as handle:
        rows = pd.read_csv(handle, keep_default_na=False)
    chosen = rows[rows["table"] == table].drop(columns="table").reset_index(drop=True)
    return pd.DataFrame(chosen)
