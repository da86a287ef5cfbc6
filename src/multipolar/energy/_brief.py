"""Everything a reader needs on the energy networks in one object, for the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from multipolar.energy._bargain import Bargain, bargain, bargaining_table
from multipolar.energy._oil import urals
from multipolar.energy._predict import Prediction, predict
from multipolar.energy._result import EnergyResult

if TYPE_CHECKING:
    from multipolar.energy._adjust import EnergyShift

SMALLEST = 0.01  # a price that moves by less, in its own unit, has not moved


@dataclass(frozen=True, eq=False)
class Brief:
    """What the sections show: gas and oil with the levers and before, the bargain with its outside options, and the
    prediction of 2023. Any of the last four may be missing."""

    gas: EnergyResult
    gas_before: EnergyResult
    oil: EnergyResult | None = None
    oil_before: EnergyResult | None = None
    urals: pd.DataFrame | None = None
    bargain: Bargain | None = None
    outside_options: pd.DataFrame | None = None
    prediction: Prediction | None = None


def brief(shifts: Sequence[EnergyShift]) -> Brief:
    """Of several variants: gas under the first that moves the gas network, crude under the first that moves crude; the
    bargain over the new pipeline as things stand; the test of the network by predicting 2023. Raises as `bargain`."""
    by_gas = next((s for s in shifts if _moved(s.gas, s.gas_before)), shifts[0])
    by_oil = next((s for s in shifts if _moved(s.oil, s.oil_before)), shifts[0])
    crude = {"before": urals(by_oil.oil_before), "with the levers": urals(by_oil.oil)}
    return Brief(
        by_gas.gas, by_gas.gas_before, by_oil.oil, by_oil.oil_before, pd.DataFrame(crude).T, bargain(),
        bargaining_table(), predict(),
    )  # fmt: skip


def _moved(after: EnergyResult, before: EnergyResult) -> bool:
    return bool((after.prices - before.prices).abs().max() > SMALLEST)
