"""Which currency every corridor of trade is paid in, and what it costs when the choice is narrowed.

In come a `World` and `Levers` (cuts from clearing, local settlement, secondary risk), or a `Market` of one's own.
Out come certified shares by corridor, all equilibria found with their stability, paths by month, what a cut costs,
and through `adjust` a payment friction for the economy; theory in docs/settlement.md.
"""

from multipolar.settlement._adjust import adjust, shares
from multipolar.settlement._block import block, block_curve, by_partner
from multipolar.settlement._brief import CORRIDORS, Brief, brief
from multipolar.settlement._calibrate import Baseline, baseline
from multipolar.settlement._data import CURRENCIES
from multipolar.settlement._equilibrium import (
    CurrencyEquilibrium,
    completeness,
    equilibria,
    follow,
    settle,
    tipping_strength,
)
from multipolar.settlement._judge import Judgement, judge, russia_since_2022
from multipolar.settlement._levers import Levers, levers_from
from multipolar.settlement._market import Market
from multipolar.settlement._paths import Path, paths
from multipolar.settlement._state import Settlement, corridors
from multipolar.settlement._tipping import STRENGTHS, Tipping, hysteresis, tipping

__all__ = [
    "CORRIDORS",
    "CURRENCIES",
    "STRENGTHS",
    "Baseline",
    "Brief",
    "CurrencyEquilibrium",
    "Judgement",
    "Levers",
    "Market",
    "Path",
    "Settlement",
    "Tipping",
    "adjust",
    "baseline",
    "block",
    "block_curve",
    "brief",
    "by_partner",
    "completeness",
    "corridors",
    "equilibria",
    "follow",
    "hysteresis",
    "judge",
    "levers_from",
    "paths",
    "russia_since_2022",
    "settle",
    "shares",
    "tipping",
    "tipping_strength",
]
