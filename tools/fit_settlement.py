"""Fit what happened to Russia's payments in 2022 to the shares reported of December 2022, and print it.

    python tools/fit_settlement.py

Four costs, five observations (dollar with euro and yuan on both flows, rouble on exports), least squares with the two
costs of a cut not below zero; on the trade of wiod-2011 moving to 2023. Nothing of 2023 or 2024 is used. The
result is typed into src/multipolar/settlement/data/parameters.csv.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from multipolar.settlement import Levers, judge
from multipolar.world import load_world

NAMES = ("russia_receiving", "russia_paying", "russia_rouble", "russia_yuan")


def levers(x: np.ndarray, **parameters: float) -> Levers:
    receiving, paying, rouble, yuan = (0.01 * float(v) for v in x)
    return Levers(
        dollar_clearing_cut=("RUS",),
        euro_clearing_cut=("RUS",),
        cut_cost_receiving=receiving,
        cut_cost_paying=paying,
        transaction_cost={"RUB@RUS": rouble, "CNY@RUS": yuan},
        **parameters,
    )


def fit(turnover: float | None = None, **parameters: float) -> np.ndarray:
    world = load_world("wiod-2011")

    def gaps(x: np.ndarray) -> np.ndarray:
        table = judge(world, (levers(x, **parameters),) * 2, turnover).table
        return table.loc[table["role"] == "fit", "gap"].to_numpy()

    bounds = ([0, 0, -10, -10], [10, 10, 10, 10])
    return least_squares(gaps, [2.5, 0.1, -0.7, -3.0], bounds=bounds, xtol=1e-10, diff_step=1e-4).x


if __name__ == "__main__":
    cases = [
        {},
        {"network_strength": 0.0},
        {"network_strength": 0.95},
        {"turnover": 1 / 6},
        {"turnover": 1 / 24},
    ]
    for case in cases:
        x = fit(**case)
        turnover = case.pop("turnover", None)
        world = load_world("wiod-2011")
        after = levers(x, **case)
        later = after.model_copy(update={"secondary_risk": 0.012})
        scores = judge(world, (after, later), turnover).scores.set_index("points of")
        told = ", ".join(f"{n} {0.01 * v:+.4f}" for n, v in zip(NAMES, x, strict=True))
        print(f"{case or turnover or 'central'}: {told}; mean error judged {scores.loc['all', 'model']:.2f} points, "
              f"confirmed {scores.loc['all confirmed', 'model']:.2f}, fitted {scores.loc['fitted points', 'model']:.2f}")  # fmt: skip
