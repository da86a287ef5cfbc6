"""Shares of currencies by corridor before 2022, from what countries report of their exports and imports.

Published shares are by country and flow, not by corridor. The corridor shares are those closest, in relative
entropy, to a simple prior (who issues what) whose totals meet the published shares of exporters and importers:
unbalanced entropic balancing (Chizat, Peyré, Schmitzer and Vialard 2018), since the two sides do not agree exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from multipolar.errors import InputError, NotConvergedError
from multipolar.settlement._data import CURRENCIES, home_currency, records
from multipolar.world import World

# Odds of a currency before the published totals are met, assumed: for parties who issue none of the named ones,
# and where a party issues it. They matter only where nothing is published (China apart from the yuan, Mexico, RoW).
PRIOR = {"USD": 1.0, "EUR": 0.35, "CNY": 0.01, "RUB": 0.001, "INR": 0.002, "AED": 0.003, "OTH": 0.02}
PRIOR_HOME = {"USD": 3.0, "EUR": 1.0, "CNY": 0.15, "RUB": 0.15, "INR": 0.03, "AED": 0.03, "OTH": 0.15}
FIRMNESS = 20.0  # log-odds of one corridor side that a gap of one in the log-odds of a total is worth
SWEEPS = 5000


@dataclass(frozen=True, eq=False)
class Baseline:
    """`shares` `[origin, destination, currency]`, summing to one off the diagonal. `free` `[origin, destination]`: pairs
    of different countries that do not share a currency, the corridors of the model. `trade` `[origin, destination]`,
    million USD. `fit`: every published total beside the one met, percent."""

    countries: tuple[str, ...]
    shares: np.ndarray
    free: np.ndarray
    trade: np.ndarray
    fit: pd.DataFrame


def baseline(world: World) -> Baseline:
    """The shares before 2022 on a world's trade of all sectors.

    Raises `InputError` if the world has no trade between countries with different currencies."""
    return _of_world(world)


@lru_cache(maxsize=8)
def _of_world(world: World) -> Baseline:
    return balance(world.countries, world.trade_values.sum(2))


def balance(countries: tuple[str, ...], trade: np.ndarray) -> Baseline:
    """As `baseline`, from countries and trade `[origin, destination]`."""
    n = len(countries)
    homes = [home_currency(c) for c in countries]
    abroad = ~np.eye(n, dtype=bool)
    union = np.array([[a == b != "OTH" for b in homes] for a in homes]) & abroad
    free = abroad & ~union
    trade = np.where(abroad, trade, 0.0)
    if not trade[free].sum() > 0:
        raise InputError("settlement: the world has no trade between countries with different currencies.")
    goal, known = _targets(countries)
    log_prior = np.log(_prior(homes))
    tilt = np.zeros((2, n, len(CURRENCIES)))  # of exporters, of importers

    def shares() -> np.ndarray:
        v = log_prior + tilt[0][:, None] + tilt[1][None]
        odds = np.exp(v - v.max(2, keepdims=True))
        found = odds / odds.sum(2, keepdims=True)
        for c, currency in enumerate(CURRENCIES):
            found[..., c][union] = np.array([[h == currency for _ in homes] for h in homes])[union]
        return found

    def totals(s: np.ndarray) -> np.ndarray:
        flows = trade[..., None] * s
        sides = np.stack([flows.sum(1), flows.sum(0)])
        return sides / np.maximum(sides.sum(2, keepdims=True), 1e-300)

    traded = np.stack([trade.sum(1), trade.sum(0)]) > 0
    known &= traded[..., None]
    step = tilt
    for _ in range(SWEEPS):
        s = shares()
        step = np.where(known, 0.5 * (_logit(goal) - _logit(totals(s)) - tilt / FIRMNESS), 0.0)
        tilt += step
        if np.abs(step).max() < 1e-12:
            break
    else:
        raise NotConvergedError(
            "settlement: the shares of currencies by corridor did not balance with the published totals.",
            {"balancing": float(np.abs(step).max())},
        )
    met = totals(s)
    fit = pd.DataFrame(
        [
            {"country": countries[i], "flow": flow, "currency": CURRENCIES[c],
             "published_pct": 100 * goal[f, i, c], "model_pct": 100 * met[f, i, c]}
            for f, flow in enumerate(("export", "import"))
            for i, c in zip(*np.nonzero(known[f]), strict=True)
        ],
        columns=["country", "flow", "currency", "published_pct", "model_pct"],
    )  # fmt: skip
    s[~abroad] = 0
    return Baseline(countries, s, free, trade, fit)


def _targets(countries: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    goal = np.full((2, len(countries), len(CURRENCIES)), 0.5)
    known = np.zeros(goal.shape, bool)
    for row in records("targets"):
        if row["country"] in countries:
            place = (countries.index(row["country"]), CURRENCIES.index(row["currency"]))
            at = (int(row["flow"] == "import"), *place)
            goal[at], known[at] = np.clip(row["share_pct"] / 100, 1e-3, 1 - 1e-3), True
    return goal, known


def _prior(homes: list[str]) -> np.ndarray:
    odds = np.tile([PRIOR[c] for c in CURRENCIES], (len(homes), len(homes), 1))
    for i, home in enumerate(homes):
        c = CURRENCIES.index(home)
        odds[i, :, c] = odds[:, i, c] = PRIOR_HOME[home]
    return odds


def _logit(share: np.ndarray) -> np.ndarray:
    share = np.clip(share, 1e-9, 1 - 1e-9)
    return np.log(share / (1 - share))
