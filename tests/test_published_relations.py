"""Relations that published studies of sanctions on Russia report, on the table of 2011 (docs/replications.md)."""

from __future__ import annotations

import numpy as np
import pytest

import multipolar as mp
from multipolar.outcome import Outcome
from multipolar.world import country_group

EAST = ("BGR", "CZE", "EST", "HUN", "LVA", "LTU", "POL", "ROU", "SVK", "SVN")
WORLD = mp.load_world("wiod-2011")
SCENARIO = mp.load_scenario("embargo-on-russia")
WEST = [c for c in country_group("sanctions-coalition-2022") if c in WORLD.countries and c not in EAST]
CONSUMPTION = WORLD.final.sel(final_use="consumption").sum(("origin", "sector")).to_series()


def embargo(variant: str, theta: float | None = None, **options) -> Outcome:
    world = WORLD.with_trade_elasticity(np.full(35, theta)) if theta else WORLD
    return mp.solve(world, SCENARIO.variant_measures(variant), closure="balanced", **options)


def loss(outcome: Outcome, members) -> float:
    """Percent of consumption lost, weighted by consumption."""
    weight = CONSUMPTION[list(members)]
    return -100 * float((outcome.welfare.to_series()[list(members)] * weight).sum() / weight.sum())


@pytest.mark.replication
def test_the_long_run_of_a_western_embargo():
    """Baqaee and Malmberg (2025): Russia about 8.5%, and about 1.4 times the loss at fixed capital."""
    long, fixed = embargo("west", horizon="long"), embargo("west", capital="fixed")
    assert round(loss(long, ["RUS"]), 1) == 8.5
    assert loss(long, ["RUS"]) / loss(fixed, ["RUS"]) == pytest.approx(1.4, abs=0.2)
    # Stated in the documentation as what does not match the paper's 2 and 0.3.
    assert (round(loss(long, EAST), 1), round(loss(long, WEST), 2)) == (0.7, 0.08)


@pytest.mark.replication
@pytest.mark.parametrize(
    ("theta", "figures"), [(4.0, (9.7, 1.5, 0.20, 1.44)), (3.0, (12.3, 2.0, 0.28, 1.38))]
)
def test_the_long_run_with_lower_elasticities(theta, figures):
    upper = {"sigma_v": 0.5, "sigma_m": 0.2, "sigma_c": 0.9}
    long, fixed = (embargo("west", theta, **upper, **o) for o in ({"horizon": "long"}, {"capital": "fixed"}))
    ratio = loss(long, ["RUS"]) / loss(fixed, ["RUS"])
    ours = (
        round(loss(long, ["RUS"]), 1),
        round(loss(long, EAST), 1),
        round(loss(long, WEST), 2),
        round(ratio, 2),
    )
    assert ours == figures


@pytest.mark.replication
@pytest.mark.parametrize(("horizon", "reached", "added"), [("long", 0.59, 0.25), ("medium", 0.47, 0.30)])
def test_the_value_of_coalitions(horizon, reached, added):
    """Chowdhry, Hinz, Kamin and Wanner (2024): 58 to 60% of the global potential; China adds a fifth to a third."""
    west, china, world = (
        loss(embargo(v, horizon=horizon), ["RUS"]) for v in ("west", "west-and-china", "everybody")
    )
    assert west / world == pytest.approx(reached, abs=0.005)
    assert china / west - 1 == pytest.approx(added, abs=0.005)
