"""Magnitudes that are found: calibration targets, quotas, price caps."""

from __future__ import annotations

import numpy as np
import pytest

import multipolar as mp
from multipolar.errors import NotConvergedError, ScenarioError
from multipolar.scenario import Measure, Scenario, load_scenario
from tests.worlds import random_world

WORLD = random_world(4)


def measure(kind: str, **given) -> Measure:
    base = {"id": "m", "kind": kind, "senders": "C0", "targets": "C1", "evidence": "assumed", "note": "test"}
    return Measure.model_validate({**base, **given})


def quantity(outcome, baseline) -> float:
    """Shipments C1 -> C0 at baseline prices, over the baseline's."""
    price = np.exp(np.asarray(outcome.equilibrium.state.cost) - np.asarray(baseline.equilibrium.state.cost))[
        1
    ]
    new = outcome._new["sales"].sum(3)[1, 0] / price
    return float(new.sum() / baseline._new["sales"].sum(3)[1, 0].sum())


@pytest.mark.parametrize("owner", ["nobody", "importer", "exporter"])
def test_a_quota_is_met_exactly_and_its_rent_reaches_the_owner(owner):
    baseline = mp.solve(WORLD)
    outcome = mp.solve(WORLD, [measure("quota", magnitude=0.6, revenue=owner)])
    assert quantity(outcome, baseline) == pytest.approx(0.6, abs=1e-7)
    assert any("binds" in note and "wedge" in note for note in outcome.notes)
    rents = (outcome.revenue - outcome.revenue_baseline).to_series()
    expected = {"nobody": [False, False], "importer": [True, False], "exporter": [False, True]}[owner]
    assert [bool(rents[c] > 1e-6) for c in ("C0", "C1")] == expected


def test_a_quota_above_what_is_bought_changes_nothing():
    outcome = mp.solve(WORLD, [measure("quota", magnitude=1.5)])
    assert np.abs(outcome.welfare).max() < 1e-10
    assert any("does not bind" in note for note in outcome.notes)


def test_a_quota_equals_the_tariff_that_brings_the_same_quantity():
    quota = mp.solve(WORLD, [measure("quota", magnitude=0.7, revenue="importer")])
    wedge = float(quota.equilibrium.shock.importer_wedge[1, 0, 0, 0]) - 1
    tariff = mp.solve(WORLD, [measure("tariff", magnitude=wedge)])
    np.testing.assert_allclose(tariff.welfare, quota.welfare, atol=1e-9)


def test_local_content_holds_the_share_of_imports_and_the_duty_stays_with_the_buyer():
    baseline = mp.solve(WORLD)
    outcome = mp.solve(WORLD, [measure("local-content", magnitude=0.6, targets=["C1", "C2"])])

    def share(books) -> float:
        spending = books["spending"].sum((2, 3))[:, 0]
        return spending[1:].sum() / spending.sum()

    assert share(outcome._new) / share(baseline._new) == pytest.approx(0.6, abs=1e-8)
    assert float((outcome.revenue - outcome.revenue_baseline).sel(country="C0")) > 0
    assert float(outcome.welfare.sel(country="C1")) < 0


def test_stocks_are_bought_and_not_used():
    built, released = (
        mp.solve(WORLD, [measure("stockpile", magnitude=m)]).welfare.sel(country="C0") for m in (0.2, -0.2)
    )
    assert float(built) < 0 < float(released)


def test_two_quotas_hold_together_and_the_slack_one_is_let_go():
    tight, other = measure("quota", magnitude=0.5), measure("quota", id="n", senders="C2", magnitude=1.0)
    outcome = mp.solve(WORLD, [tight, other])
    assert quantity(outcome, mp.solve(WORLD)) == pytest.approx(0.5, abs=1e-7)
    shipped = outcome._new["sales"].sum(3)[1, 2] / np.exp(np.asarray(outcome.equilibrium.state.cost)[1])
    assert shipped.sum() <= mp.solve(WORLD)._new["sales"].sum(3)[1, 2].sum() * (1 + 1e-7)


def test_a_price_cap_lowers_the_sellers_price_to_the_cap_and_the_buyer_keeps_the_rent():
    outcome = mp.solve(WORLD, [measure("price-cap", magnitude=0.98, senders=["C0", "C2"])])
    cost = np.exp(np.asarray(outcome.equilibrium.state.cost)[1])
    before = mp.solve(WORLD)._new["sales"].sum(3)[1][[0, 2]].sum(0)
    assert float((before * cost).sum() / before.sum()) == pytest.approx(0.98, abs=1e-7)
    assert (outcome.revenue - outcome.revenue_baseline).sel(country=["C0", "C2"]).min() > 0


def test_a_cap_no_wedge_can_keep_is_refused():
    with pytest.raises(NotConvergedError, match=r"m: no wedge keeps this price-cap at 0\.06"):
        mp.solve(WORLD, [measure("price-cap", magnitude=0.06)])


def small(**given) -> Scenario:
    common = {"targets": "C1", "evidence": "estimated", "note": "fit", "magnitude": 0.1}
    return Scenario.model_validate(
        {
            "name": "fit", "title": "Fit", "date": "2024-01-01", "world": "w",
            "measures": {
                "a": {"id": "a", "kind": "non-tariff-cost", "senders": "C0", **common},
                "b": {"id": "b", "kind": "tariff", "senders": "C2", **common},
            },
            "variants": {"v": {"title": "V", "add": ["a", "b"]}, "w": {"title": "W", "add": ["a"]}},
            "calibrate": [
                {"measure": "a", "variant": "v", "origins": "C1", "destinations": "C0", "change": -0.4},
                {"measure": "b", "variant": "v", "origins": "C1", "destinations": "C2", "change": -0.3},
            ],
            **given,
        }
    )  # fmt: skip


def test_targets_are_met_exactly_and_together():
    outcomes = mp.run(WORLD, small())
    ratio = (outcomes["v"].trade.sum("sector") / outcomes["v"].trade_baseline.sum("sector")).sel(origin="C1")
    np.testing.assert_allclose(ratio.sel(destination=["C0", "C2"]), [0.6, 0.7], atol=1e-8)
    sizes = {m.id: m.magnitude for m in outcomes["v"].measures}
    assert outcomes["w"].measures[0].magnitude == sizes["a"]
    assert any("a: magnitude" in n and "trade cost of" in n for n in outcomes["w"].notes)


def test_calibration_recovers_the_magnitude_that_made_the_data():
    truth = mp.run(WORLD, small(calibrate=[]), ["v"])["v"]
    changes = truth.trade.sum("sector") / truth.trade_baseline.sum("sector") - 1
    targets = [
        {"measure": m, "variant": "v", "origins": "C1", "destinations": d, "change": float(changes.sel(origin="C1", destination=d))}
        for m, d in (("a", "C0"), ("b", "C2"))
    ]  # fmt: skip
    start = small(calibrate=targets).with_settings([])
    start = start.model_copy(
        update={"measures": {k: m.model_copy(update={"magnitude": 0.5}) for k, m in start.measures.items()}}
    )
    fitted = mp.run(WORLD, start, ["v"])["v"].measures
    np.testing.assert_allclose([m.magnitude for m in fitted], 0.1, atol=1e-6)


def test_a_number_set_by_hand_replaces_its_target():
    scenario = small().with_settings(["a.magnitude=0.2"])
    assert [t.measure for t in scenario.calibrate] == ["b"]


def test_a_target_out_of_reach_is_named():
    wrong = [{"measure": "a", "variant": "w", "origins": "C2", "destinations": "C2", "change": -0.5}]
    with pytest.raises(Exception, match="calibrate a"):
        mp.run(WORLD, small(calibrate=wrong))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": "c"}, "calibrate.0.measure: unknown measure"),
        ({"variant": "x"}, "calibrate.0.variant: unknown variant"),
        ({"change": -1.0}, "calibrate.0.change"),
    ],
)
def test_wrong_targets_are_explained(change, message, tmp_path):
    from multipolar.scenario._schema import validated

    document = small().model_dump(mode="json", exclude_defaults=True)
    document["calibrate"] = [{**document["calibrate"][0], **change}]
    with pytest.raises(ScenarioError, match=message):
        validated(document, "fit.yaml")


def test_the_scenario_since_2011_shows_the_trade_seen_in_2023():
    """BACI 2023 over the table of 2011, relative to world goods trade."""
    scenario = load_scenario("sanctions-since-2011")
    outcomes = mp.run(mp.load_world("wiod-2011"), scenario, ["sanctions", "lifeline"])
    goods = [f"c{i}" for i in range(1, 17)]

    def ratio(variant, origin, destination):
        o = outcomes[variant]
        new, old = (
            t.sel(origin=origin, destination=destination, sector=goods).sum()
            for t in (o.trade, o.trade_baseline)
        )
        return float(new / old)

    west = [
        c
        for c in mp.world.country_group("sanctions-coalition-2022")
        if c in outcomes["sanctions"].world.countries
    ]
    assert ratio("sanctions", west, "RUS") == pytest.approx(0.147, abs=1e-8)
    assert ratio("sanctions", "RUS", west) == pytest.approx(0.200, abs=1e-8)
    assert ratio("lifeline", "RUS", "CHN") == pytest.approx(2.455, abs=1e-8)
    # Not a target: China's exports to Russia, seen at 1.329.
    assert ratio("sanctions", "CHN", "RUS") == pytest.approx(1.329, rel=0.1)
