"""Fit the two numbers of the oil network's state of 2023, and print them for tools/build_energy_data.py.

python tools/fit_oil_2023.py

Brent of summer 2023 fixes the level of demand, Urals the cost of the shadow fleet, everything else given.
"""

from __future__ import annotations

from multipolar.energy import Levers, oil
from multipolar.energy._data import parameter, table
from multipolar.energy._oil import urals


def main() -> None:
    shift = dict.fromkeys(table("oil_nodes")["node"], 0.0)
    level, cost = 0.0, parameter("shadow_cost_2023")
    for _ in range(40):
        found = urals(oil(Levers(oil_demand=dict.fromkeys(shift, level), shadow_cost=cost)))
        miss = (
            parameter("brent_2023_summer") - found["brent"],
            parameter("urals_2023_summer") - found["urals"],
        )
        print(f"level {level:+.6f} on top, shadow cost {cost:.5f}: missing {miss[0]:+.5f}, {miss[1]:+.5f}")
        if max(map(abs, miss)) < 1e-6:
            break
        step = 1e-4
        up = urals(oil(Levers(oil_demand=dict.fromkeys(shift, level + step), shadow_cost=cost)))
        level += miss[0] / ((up["brent"] - found["brent"]) / step)
        dear = urals(oil(Levers(oil_demand=dict.fromkeys(shift, level), shadow_cost=cost + step)))
        slope = (dear["urals"] - found["urals"]) / step
        cost = max(0.0, cost + miss[1] / slope) if abs(slope) > 1e-3 else cost + miss[1]
    total = (1 + parameter("oil_demand_shift_2023")) * (1 + level) - 1
    print(f"oil_demand_shift_2023 {total:.6f}\nshadow_cost_2023 {cost:.5f}")


if __name__ == "__main__":
    main()
