"""What the report shows of settlement, solved once."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from multipolar.settlement._adjust import shares
from multipolar.settlement._block import block, block_curve, by_partner
from multipolar.settlement._judge import Judgement, judge
from multipolar.settlement._levers import Levers
from multipolar.settlement._state import Settlement
from multipolar.settlement._tipping import Tipping, hysteresis, tipping
from multipolar.world import World

SHOWN_STRENGTHS = (0.6, 0.9, 1.1, 1.3, 1.5, 1.8)
CORRIDORS = (("RUS", "CHN"), ("CHN", "RUS"), ("RUS", "DEU"), ("RUS", "IND"), ("CHN", "USA"), ("CHN", "DEU"))


@dataclass(frozen=True, eq=False)
class Brief:
    """`settlement`: the levers' shares and costs. `judgement`: Russia since 2022, model against reports. `tipping`,
    `hysteresis`: equilibria by network strength and what a shock leaves (at `hysteresis_strength`). `curves`: by country,
    the cost of a dollar block as the yuan deepens. `reverse`: what Chinese banks' loss of dollar clearing costs, by partner."""

    settlement: Settlement
    judgement: Judgement
    tipping: Tipping
    hysteresis: pd.DataFrame
    hysteresis_strength: float
    curves: dict[str, pd.DataFrame]
    reverse: pd.DataFrame


def brief(world: World, levers: Levers | None = None, hysteresis_strength: float = 1.6) -> Brief:
    """Everything the report's sections need, on a world with Russia and China, under levers (default: the Chinese
    and the Russian banks cut from dollar clearing). Raises as `judge` and `shares`."""
    levers = levers or Levers(dollar_clearing_cut=("RUS", "CHN"))
    return Brief(
        shares(world, levers),
        judge(world),
        tipping(world, SHOWN_STRENGTHS),
        hysteresis(world, hysteresis_strength),
        hysteresis_strength,
        {country: block_curve(world, country) for country in ("RUS", "CHN")},
        by_partner(block(world, "CHN"), "CHN"),
    )
