"""How long the war can be paid for: ranges from the ranges of the figures, and which figures drive them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.errors import InputError, unknown
from multipolar.war._accounts import Accounts, accounts
from multipolar.war._inputs import inputs
from multipolar.war._levers import LEVER_OF, VARIANTS, Levers, levers_from
from multipolar.war._lines import LINES, NO_EFFECTS, chosen, compute

if TYPE_CHECKING:
    import pandas as pd

DRAWS, SEED, LEVEL = 4000, 2024, 0.9


@dataclass(frozen=True)
class Variant:
    """One variant's accounts, and for each line the `low` and `high` between which 90 of 100 draws fall.
    `never` is the part of draws in which borrowing covers the deficit and the fund is never spent; then `years`
    is infinite."""

    key: str
    title: str
    accounts: Accounts
    low: Mapping[str, float]
    high: Mapping[str, float]
    never: float


@dataclass(frozen=True)
class Financing:
    """Variants side by side, from `draws` draws with `seed`; the same draws for each."""

    variants: tuple[Variant, ...]
    draws: int
    seed: int

    def frame(
        self, keys: Sequence[str] = ("oil_gas_revenue", "balance", "years_without_borrowing", "years")
    ) -> pd.DataFrame:
        """One row a variant: the value, low and high of each line in `keys`."""
        import pandas as pd

        rows = []
        for v in self.variants:
            row: dict[str, Any] = {"variant": v.key, "title": v.title}
            for key in keys:
                row |= {key: v.accounts[key], f"{key}_low": v.low[key], f"{key}_high": v.high[key]}
            rows.append(row | {"never": v.never})
        return pd.DataFrame(rows)


def financing(
    variants: Mapping[str, tuple[str, Mapping[str, Any]]] | None = None,
    *,
    levers: Levers | None = None,
    effects: Mapping[str, Mapping[str, float]] | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Financing:
    """The years of spending financed under each variant, with ranges.

    `variants`: key to title and the levers it sets (default `VARIANTS`), on top of `levers`. Each figure is drawn
    from a triangular distribution over its range with its value as mode, independently; a lever scales its
    figure's draws. `effects`: key to the economy's effects (`Accounts.effects`), held fixed over draws.

    Raises `InputError` for an unknown lever or fewer than 100 draws.
    """
    if draws < 100:
        raise InputError(f"financing: draws {draws} is too few for a range; give at least 100.")
    base = (levers or Levers()).model_dump()
    sample = _sample(draws, seed)
    found = []
    for key, (title, given) in (variants or VARIANTS).items():
        own = levers_from({**base, **given})
        moved = (effects or {}).get(key, NO_EFFECTS)
        drawn = compute(_with_levers(sample, own), moved)
        bounds = {
            name: np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="nearest")
            for name, values in drawn.items()
        }
        low = {name: float(pair[0]) for name, pair in bounds.items()}
        high = {name: float(pair[1]) for name, pair in bounds.items()}
        never = float(np.mean(np.asarray(drawn["fund_draw"]) == 0))
        found.append(Variant(key, title, accounts(levers=own, effects=moved), low, high, never))
    return Financing(tuple(found), draws, seed)


def drivers(of: str = "balance", levers: Levers | None = None) -> pd.DataFrame:
    """Which figures move a line most: its value with each figure at the low and the high end of its range, others
    at their own values. Columns `input`, `low`, `high`, `swing` (absolute), `mark`; the largest swing first.

    Raises `InputError` for an unknown line.
    """
    import pandas as pd

    keys = [spec.key for spec in LINES]
    if of not in keys:
        raise InputError(unknown("line of the accounts", of, keys))
    own = levers or Levers()
    rows = []
    for key, item in inputs().items():
        if item.low == item.high:
            continue
        ends = []
        for end in (item.low, item.high):
            centre = {k: np.asarray(i.value) for k, i in inputs().items()}
            ends.append(float(compute(_with_levers({**centre, key: np.asarray(end)}, own))[of]))
        swing = 0.0 if ends[0] == ends[1] else abs(ends[1] - ends[0])
        if swing > 0:
            rows.append((key, *ends, swing, item.mark))
    frame = pd.DataFrame(rows, columns=["input", "low", "high", "swing", "mark"])
    return frame.sort_values("swing", ascending=False, kind="stable").reset_index(drop=True)


def _sample(draws: int, seed: int) -> dict[str, np.ndarray]:
    """Triangular draws of every figure, `[draw]`, in the order of the file."""
    rng = np.random.default_rng(seed)
    out = {}
    for key, item in inputs().items():
        fixed = item.low == item.high
        values = rng.triangular(item.low, item.value, item.high, draws) if not fixed else item.value
        out[key] = np.broadcast_to(values, (draws,))
    return out


def _with_levers(sample: Mapping[str, np.ndarray], levers: Levers) -> dict[str, Any]:
    """The draws with each lever in force: its figure's draws keep their spread relative to the lever's value."""
    values = chosen(levers)
    scaled = {key: sample[key] * (values[key] / inputs()[key].value) for key in LEVER_OF.values()}
    return {**sample, **scaled, "cap_enforcement": levers.cap_enforcement}
