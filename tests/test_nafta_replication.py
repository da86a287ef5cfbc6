"""Caliendo and Parro (2015), Table 2: welfare effects of NAFTA's tariff cuts, balanced trade."""

from __future__ import annotations

import equinox as eqx
import numpy as np
import pytest

from multipolar.economy import Shock, calibrate, solve
from multipolar.outcome import Outcome
from multipolar.world import _data, load_world

# Percent, as printed: welfare, terms of trade, volume of trade, real wage.
PUBLISHED = {
    "MEX": (1.31, -0.41, 1.72, 1.72),
    "CAN": (-0.06, -0.11, 0.04, 0.32),
    "USA": (0.08, 0.04, 0.04, 0.11),
}


@pytest.fixture(scope="module")
def nafta() -> Outcome:
    world = load_world("caliendo-parro-1993")
    with np.load(_data.path("caliendo_parro_1993.npz")) as data:
        cut = (1 + data["tariff_2005"]) / (1 + data["tariff"])
    shock = eqx.tree_at(lambda s: s.importer_wedge, Shock.none(31, 40), cut[..., None])
    return Outcome(world, solve(calibrate(world, closure="balanced"), shock))


@pytest.mark.replication
@pytest.mark.parametrize("country", PUBLISHED)
def test_nafta_gives_the_published_figures(nafta, country):
    effects = 100 * nafta.first_order_decomposition.sel(country=country)
    ours = (effects.sum(), *effects, 100 * nafta.real_wages.sel(country=country))
    assert tuple(round(float(figure), 2) for figure in ours) == PUBLISHED[country]


@pytest.mark.replication
def test_the_exact_welfare_change_lies_below_the_first_order_figure_for_mexico(nafta):
    """The published decomposition values all new trade at the old tariff; the equivalent variation does not."""
    exact = nafta.welfare.sel(country="MEX")
    assert 0 < exact < nafta.first_order_decomposition.sel(country="MEX").sum() / 10
    assert abs(nafta.decomposition.sel(country="MEX").sum() - np.log1p(exact)) < 1e-8
