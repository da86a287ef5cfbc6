"""Which WIOD industry a sector of another classification belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pandas as pd

from multipolar.errors import InputError, unknown
from multipolar.world import _data


def classifications() -> list[str]:
    """Classifications with a shipped correspondence to the industries of WIOD 2013."""
    return list(_table()["classification"].unique())


@cache
def concordance(classification: str) -> pd.DataFrame:
    """Index `sector`; columns `name`, `wiod2013` (industry), `status` (exact, part: mainly there, assumed), `source`.

    Raises `InputError` for an unknown classification.
    """
    if classification not in classifications():
        raise InputError(unknown("classification", classification, classifications()))
    table = _table()
    return table[table["classification"] == classification].drop(columns="classification").set_index("sector")


def classification_of(sectors: Iterable[str]) -> str | None:
    """The classification that holds most of these sectors, if it holds at least half of them."""
    wanted = set(sectors)
    held = {name: len(wanted & set(concordance(name).index)) for name in classifications()}
    best = max(held, key=lambda name: held[name])
    return best if wanted and held[best] >= len(wanted) / 2 else None


@cache
def _table() -> pd.DataFrame:
    # "NA" must not become missing, were it ever a code.
    return pd.read_csv(_data.path("concordance.csv"), keep_default_na=False)
