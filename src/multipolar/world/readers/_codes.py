"""Codes of foreign tables: countries to ISO 3166-1 alpha-3, sectors to the shipped elasticities, euros to dollars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipolar.errors import WorldError, unknown
from multipolar.world import _data
from multipolar.world._concordance import concordance
from multipolar.world._elasticities import DEFAULT_SET, elasticity_sets, load_elasticities

REST_OF_WORLD = "RoW"
# Codes that a format writes in its own way.
ALIASES = {"ROW": REST_OF_WORLD, "FIGW1": REST_OF_WORLD, "EL": "GRC", "UK": "GBR", "ROM": "ROU", "SDS": "SSD"}
REGIONS = {
    "RoW": "Rest of the world", "WA": "RoW Asia and Pacific", "WL": "RoW America", "WE": "RoW Europe",
    "WF": "RoW Africa", "WM": "RoW Middle East",
}  # fmt: skip


def country(code: str) -> str | None:
    """Our code for a table's country code (alpha-2, alpha-3 or a format's own), or None for one nobody knows."""
    if code in ALIASES:
        return ALIASES[code]
    names, short = _countries()
    return short.get(code, code if code in names or code in REGIONS else None)


def unknown_country(code: str) -> str:
    names, short = _countries()
    return unknown("country code", code, [*(short if len(code) == 2 else names), *ALIASES])


def country_names(codes: Iterable[str]) -> list[str]:
    names, _ = _countries()
    return [REGIONS.get(code, names.get(code, code)) for code in codes]


def sector_defaults(
    file: str, classification: str | None, sectors: list[str], trade_elasticity: Any
) -> tuple[np.ndarray, np.ndarray | None, str]:
    """Trade elasticities and capital shares `[sector]`, and a line that says where the former are from.

    `trade_elasticity`: None or a shipped set's name (through the concordance), one number, a sequence in the order of
    the sectors, or a mapping of every sector. Raises `WorldError` for sectors that are in no concordance.
    """
    share = None
    table = concordance(classification) if classification else None
    known = table is not None and set(sectors) <= set(table.index)
    if known:
        assert table is not None
        capital = pd.read_csv(_data.path("capital_shares.csv")).set_index("sector")["capital_share"]
        share = capital.loc[table.loc[sectors, "wiod2013"]].to_numpy()
    if trade_elasticity is None or isinstance(trade_elasticity, str):
        name = trade_elasticity or DEFAULT_SET
        if name not in elasticity_sets():
            raise WorldError(unknown("elasticity set", name, elasticity_sets()))
        if not known:
            missing = next((s for s in sectors if table is None or s not in table.index), sectors[0])
            raise WorldError(
                f"{file}: no shipped trade elasticity for sector {missing!r}. Give trade_elasticity= as one number or a "
                "mapping of every sector to a positive number."
            )
        assert table is not None
        theta = load_elasticities(name).loc[table.loc[sectors, "wiod2013"], "theta"].to_numpy(dtype=float)
        return theta, share, f"{name}, by WIOD industry through concordance.csv ({classification})"
    if isinstance(trade_elasticity, Mapping):
        missing = [s for s in sectors if s not in trade_elasticity]
        if missing:
            raise WorldError(
                f"{file}: trade_elasticity lacks sector {missing[0]!r} ({len(missing)} missing)."
            )
        trade_elasticity = [trade_elasticity[s] for s in sectors]
    theta = np.asarray(trade_elasticity, dtype=float)
    return np.broadcast_to(theta, len(sectors)) if theta.ndim == 0 else theta, share, "given by the user"


def usd_per_euro(file: str | Path, year: int | None, given: float | None) -> tuple[float, str]:
    """Dollars for a euro and where the rate is from. Raises `WorldError` where no rate is known."""
    if given is not None:
        if not given > 0:
            raise WorldError(
                f"{file}: usd_per_eur is {given}; expected a positive number, dollars for one euro."
            )
        return float(given), f"{given:g} USD per EUR, given by the user"
    rates = pd.read_csv(_data.path("euro_rates.csv")).set_index("year")
    if year not in rates.index:
        raise WorldError(
            f"{file}: the table is in euros and no exchange rate is known for {year or 'an unknown year'}. "
            f"Give usd_per_eur= (and year=); shipped rates cover {rates.index.min()} to {rates.index.max()}."
        )
    rate = float(rates.loc[year, "usd_per_eur"])  # type: ignore[arg-type]
    return rate, f"{rate:g} USD per EUR: {rates.loc[year, 'source']}"


@cache
def _countries() -> tuple[dict[str, str], dict[str, str]]:
    table = pd.read_csv(_data.path("country_codes.csv"), keep_default_na=False)
    names = dict(zip(table["iso3"], table["name"], strict=True))
    return names, {short: code for code, short in zip(table["iso3"], table["iso2"], strict=True) if short}


def sector_names(classification: str, sectors: list[str]) -> list[str]:
    """Names of a classification's sectors; a code nobody knows is its own name."""
    table = concordance(classification)["name"]
    return [str(table.get(code, code)) for code in sectors]
