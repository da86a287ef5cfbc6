"""How long settlement takes to solve: python -m benchmarks.settlement"""

from __future__ import annotations

import time
from collections.abc import Callable

from multipolar import settlement
from multipolar.settlement._calibrate import balance
from multipolar.world import load_world


def timed(title: str, act: Callable[[], object], times: int) -> None:
    """Print the shortest of `times` runs."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    print(f"{title}: {min(spent):.3g} s")


def main() -> None:
    world = load_world("wiod-2011")
    trade = world.trade_values.sum(2)
    levers = settlement.Levers(dollar_clearing_cut=("RUS", "CHN"))
    timed("baseline of 41 regions by balancing", lambda: balance(world.countries, trade), 3)
    timed(
        "two certified equilibria (before, after), world liquidity",
        lambda: settlement.shares(world, levers),
        10,
    )
    local = levers.model_copy(update={"local_weight": 0.5})
    timed("the same with 41 local markets besides", lambda: settlement.shares(world, local), 3)
    timed(
        "the economy's adjustment on other trade", lambda: settlement.shares(world, levers, 1.1 * trade), 10
    )
    timed("29 months of paths with judgement", lambda: settlement.judge(world), 3)
    for strength in (1.2, 1.6):
        timed(
            f"all equilibria at a network strength of {strength}",
            lambda k=strength: settlement.tipping(world, [k]),
            1,
        )


if __name__ == "__main__":
    main()
