"""Russia since 2022: fitted to December 2022, judged by what was reported of 2023 and 2024."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from multipolar.errors import InputError, unknown
from multipolar.settlement._data import CURRENCIES, parameter, records, table
from multipolar.settlement._levers import Levers
from multipolar.settlement._paths import Path, paths
from multipolar.world import World

START = "2022-01"
CUT, SECONDARY, END = 2, 24, 28  # months from START: March 2022, January 2024, May 2024
GROUPS = {
    "USD+EUR": ("USD", "EUR"),
    "not USD+EUR": ("CNY", "RUB", "INR", "AED", "OTH"),
    "friendly": ("CNY", "INR", "AED", "OTH"),
    "RUB+CNY": ("RUB", "CNY"),
    **{c: (c,) for c in CURRENCIES},
}


def russia_since_2022(secondary: bool = False) -> Levers:
    """The levers that stand for what happened to Russia: its banks cut from dollar and euro clearing as estimated,
    the rouble favoured by decree, a yuan market built, and, from 2024 (`secondary`), the risk to its partners' banks."""
    return Levers(
        dollar_clearing_cut=("RUS",),
        euro_clearing_cut=("RUS",),
        cut_cost_receiving=parameter("russia_receiving"),
        cut_cost_paying=parameter("russia_paying"),
        transaction_cost={"RUB@RUS": parameter("russia_rouble"), "CNY@RUS": parameter("russia_yuan")},
        secondary_risk=parameter("secondary_risk") if secondary else 0.0,
    )


@dataclass(frozen=True, eq=False)
class Judgement:
    """`table`: every dated observation with what the model says, percent, its role (fit: used; judge: not used;
    context: neither), and its mark. `scores`: mean absolute error in points over the points to judge by, of the
    model and of two rivals: shares stay as in December 2022; shares stay as before the war."""

    table: pd.DataFrame
    scores: pd.DataFrame
    path: Path


def judge(
    world: World, levers: tuple[Levers, Levers] | None = None, turnover: float | None = None
) -> Judgement:
    """Run January 2022 to May 2024 on a world with Russia and China and set it beside what was reported.

    Trade moves in a year from the world's own to goods trade of 2023 where the data know the country.
    `levers`: from March 2022 and from January 2024. Raises `InputError` for a world without Russia or China."""
    for country in ("RUS", "CHN"):
        if country not in world.countries:
            raise InputError(
                f"settlement judge: the world lacks {unknown('country', country, world.countries)}"
            )
    cut, later = levers or (russia_since_2022(), russia_since_2022(secondary=True))
    idle = cut.model_copy(
        update={
            "dollar_clearing_cut": (),
            "euro_clearing_cut": (),
            "transaction_cost": {},
            "secondary_risk": 0.0,
        }
    )
    first, last = world.trade_values.sum(2), _trade_2023(world)

    def trade(month: int) -> np.ndarray:
        part = min(max(month - CUT, 0) / 12, 1.0)
        return (1 - part) * first + part * last

    path = paths(world, {0: idle, CUT: cut, SECONDARY: later}, END, turnover=turnover, trade=trade)
    series = {
        ("Russia", "export"): path.of_country("RUS", "export"),
        ("Russia", "import"): path.of_country("RUS", "import"),
        ("Russia-China", "total"): path.between("RUS", "CHN"),
        ("Russia", "total"): _both(path, "RUS"),
        ("China", "total"): _both(path, "CHN"),
        ("Swift", "total"): path.use.to_pandas(),
    }
    rows = []
    for row in table("points").fillna("").to_dict("records"):
        key, group = (row["series"], row["flow"]), GROUPS.get(row["currency"])
        if key not in series or group is None:
            continue
        month = min(max(_months(row["period"]), 0), END)
        level = (100 * series[key][list(group)].sum(axis=1)).to_numpy()
        observed = float(row["share_pct"])
        rows.append(
            {**{c: row[c] for c in ("period", "series", "flow", "currency")}, "observed": observed,
             "model": level[month], "gap": level[month] - observed, "december_2022": level[11], "before": level[0],
             **{c: row[c] for c in ("role", "status", "note", "source")}}
        )  # fmt: skip
    found = pd.DataFrame(rows)
    return Judgement(found, _scores(found), path)


def _scores(found: pd.DataFrame) -> pd.DataFrame:
    judged = found["role"] == "judge"
    parts = {
        "all": judged,
        "all confirmed": judged & (found["status"] == "confirmed"),
        **{name: judged & (found["series"] == name) for name in ("Russia", "Russia-China", "China")},
        "fitted points": found["role"] == "fit",
    }
    rivals = ("model", "december_2022", "before")
    errors = pd.DataFrame({c: (found[c] - found["observed"]).abs() for c in rivals})
    rows = [
        {"points of": n, "count": int(np.count_nonzero(at)), **errors.loc[at].mean().to_dict()}
        for n, at in parts.items()
    ]
    return pd.DataFrame(rows)


def _both(path: Path, country: str) -> pd.DataFrame:
    parts = []
    for flow, side in (("export", "origin"), ("import", "destination")):
        volume = path.trade.sel({side: country})
        volume = volume.sum([d for d in volume.dims if d != "month"]).to_pandas()
        parts.append((path.of_country(country, flow), volume))
    total = parts[0][1] + parts[1][1]
    return sum(shares.mul(volume / total, axis=0) for shares, volume in parts)  # type: ignore[return-value]


def _months(period: str) -> int:
    year, month = (int(x) for x in period[:7].split("-"))
    return 12 * (year - int(START[:4])) + month - int(START[5:])


@lru_cache(maxsize=8)
def _trade_2023(world: World) -> np.ndarray:
    """Goods trade of 2023; corridors it lacks (Taiwan, or a world with other regions) grow like the rest."""
    now = world.trade_values.sum(2) * (1 - np.eye(len(world.countries)))
    at = {c: i for i, c in enumerate(world.countries)}
    seen = np.full(now.shape, np.nan)
    for row in records("trade_2023"):
        if row["origin"] in at and row["destination"] in at:
            seen[at[row["origin"]], at[row["destination"]]] = row["value_musd"]
    known = np.isfinite(seen) & (now > 0)
    growth = seen[known].sum() / now[known].sum() if known.any() else 1.0
    return np.where(np.isfinite(seen), seen, now * growth)
