"""The shipped tables of this room."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

CURRENCIES: tuple[str, ...] = ("USD", "EUR", "CNY", "RUB", "INR", "AED", "OTH")
# Currencies whose liquidity grows with use. The others are used where one of the parties issues them; nothing in the
# model limits what a small issuer can supply, and with a strong network the dirham would take over the world.
NETWORK: tuple[str, ...] = CURRENCIES[:3]


@cache
def table(name: str) -> pd.DataFrame:
    """A shipped table by file name without suffix: `currencies`, `targets`, `points`, `trade_2023`, `parameters`."""
    path = files("multipolar.settlement") / "data" / f"{name}.csv"
    with path.open(encoding="utf-8") as handle:
        return pd.read_csv(handle)


def records(name: str) -> list[dict[str, Any]]:
    """The rows of a shipped table."""
    return table(name).to_dict("records")


@cache
def parameter(name: str) -> float:
    """The central value of a parameter of `parameters.csv`."""
    return float({row["parameter"]: row["value"] for row in records("parameters")}[name])


def finance_depth() -> np.ndarray:
    """Shares of the network currencies in foreign exchange turnover, summing to at most one."""
    share = {row["currency"]: row["finance_pct"] for row in records("currencies")}
    return np.array([share[c] for c in NETWORK]) / 200


def home_currency(country: str) -> str:
    """The currency a country issues, or `OTH` where it is not one of the named six."""
    return _issuers().get(country, "OTH")


@cache
def _issuers() -> dict[str, str]:
    named = [row for row in records("currencies") if row["currency"] != "OTH"]
    return {country: row["currency"] for row in named for country in row["issuers"].split()}
