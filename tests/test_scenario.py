"""What measures do to a world, how they combine, and what scenario files keep."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

import multipolar as mp
from multipolar.errors import ScenarioError
from multipolar.scenario import KINDS, Measure, compile_measures, copy_scenario, json_schema, load_scenario
from tests.worlds import random_world

WORLD = random_world(4, tariffs=True)


def measure(kind: str, **given) -> Measure:
    base = {"id": "m", "kind": kind, "senders": "C0", "targets": "C1", "evidence": "assumed", "note": "test"}
    return Measure.model_validate({**base, **given})


def compiled(*measures: Measure, on=None):
    return compile_measures(WORLD, measures, on)[0]


def test_each_kind_touches_only_its_own_corridors():
    # from the sender's side: imports are C1 -> C0, exports C0 -> C1
    expected = {"imports": {(1, 0)}, "exports": {(0, 1)}, "both": {(0, 1), (1, 0)}, "none": set()}
    for name, kind in KINDS.items():
        act = measure(
            name,
            magnitude=1 if kind.acts == "ban" else 0.1,
            sectors=["s0"] if kind.flow != "none" else [],
        )
        # Limits (quotas, price caps) act through the shadow wedge that holds them.
        shock = compile_measures(WORLD, [act], shadow={"m": 0.1})[0]
        moved = np.zeros((3, 3), bool)
        for wedge in (shock.importer_wedge, shock.exporter_wedge, shock.iceberg):
            moved |= (np.asarray(wedge) != 1).any((2, 3))
            if kind.flow != "none":
                assert (np.asarray(wedge)[:, :, 1] == 1).all()
        assert {tuple(map(int, p)) for p in np.argwhere(moved)} == expected[kind.flow], name


def test_tariff_points_add_up_and_set_replaces():
    base = WORLD.tariff_values[1, 0]
    added = compiled(
        measure("tariff", magnitude=0.1), measure("tariff", id="n", magnitude=0.2)
    ).importer_wedge[1, 0, :, 0]
    np.testing.assert_allclose(added, (1 + base + 0.3) / (1 + base))
    fixed = compiled(measure("tariff", magnitude=0.0, mode="set")).importer_wedge[1, 0, :, 0]
    np.testing.assert_allclose(fixed, 1 / (1 + base))


def test_trade_costs_multiply_and_a_ban_absorbs_them():
    cost = measure("trade-cost", magnitude=0.5)
    np.testing.assert_allclose(compiled(cost, cost.model_copy(update={"id": "n"})).iceberg[0, 1], 2.25)
    shock = compiled(cost, measure("export-ban", id="b"))
    assert np.isinf(shock.iceberg[0, 1]).all()
    np.testing.assert_allclose(shock.iceberg[1, 0], 1.5)


def test_a_cost_given_by_the_fall_of_trade_brings_that_fall_at_unchanged_prices():
    shock = compiled(measure("export-control", magnitude=-0.8, unit="trade", sectors=["s0", "s1"]))
    np.testing.assert_allclose(shock.iceberg[0, 1, :, 0] ** -WORLD.trade_elasticity_values, 0.2)


def test_a_payment_friction_loses_its_share_and_its_owner_keeps_it():
    for owner, wedge in (
        ("nobody", "iceberg"),
        ("importer", "importer_wedge"),
        ("exporter", "exporter_wedge"),
    ):
        shock = compiled(measure("payment-friction", magnitude=0.2, revenue=owner))
        np.testing.assert_allclose(np.asarray(getattr(shock, wedge))[0, 1], 1.25)


def test_the_buyer_keeps_a_discount():
    outcome = mp.solve(WORLD, [measure("price-discount", magnitude=0.2)])
    gain = (outcome.revenue - outcome.revenue_baseline).sel(country="C0")
    bought = outcome.trade.sel(origin="C1", destination="C0").sum()
    assert float(gain) == pytest.approx(0.25 * float(bought), rel=0.5)


def test_a_transfer_leaves_the_sender_and_reaches_the_target():
    amount = 0.01 * float(WORLD.gdp_values[0])
    outcome = mp.solve(WORLD, [measure("transfer", magnitude=amount)])
    net_imports = outcome.trade.sum(("origin", "sector")) - outcome.trade.sum(
        ("destination", "sector")
    ).rename(origin="destination")
    change = net_imports.values - WORLD.deficit_values
    np.testing.assert_allclose(change, [-amount, amount, 0], atol=1e-7 * amount + 1e-9)
    assert outcome.welfare.sel(country="C0") < 0 < outcome.welfare.sel(country="C1")


def test_a_productivity_loss_lowers_welfare_by_about_its_domar_weight():
    outcome = mp.solve(
        WORLD, [measure("productivity-loss", magnitude=0.001, sectors="s0")], closure="balanced"
    )
    domar = WORLD.output_values[1, 0] / WORLD.gdp_values[1]
    assert float(outcome.welfare.sel(country="C1")) == pytest.approx(-0.001 * domar, rel=0.5)


def test_dates_decide_what_is_in_force():
    early = measure("tariff", magnitude=0.5, start=dt.date(2022, 3, 1), end=dt.date(2023, 1, 1))
    for day, active in (
        (dt.date(2022, 2, 28), False),
        (dt.date(2022, 3, 1), True),
        (dt.date(2023, 1, 1), False),
    ):
        assert bool((compiled(early, on=day).importer_wedge != 1).any()) == active


def test_groups_have_their_members_of_the_day_and_absent_ones_are_noted():
    world = mp.load_world("wiod-2011")
    bought = Measure(id="m", kind="import-ban", senders=("EU27",), targets=("RUS",), start=dt.date(2005, 1, 1), evidence="assumed", note="x")  # fmt: skip
    shock, notes = compile_measures(world, [bought])
    stopped = np.isinf(shock.iceberg[world.countries.index("RUS"), :, 0, 0])
    members = {c for c, s in zip(world.countries, stopped, strict=True) if s}
    assert "GBR" in members and "POL" in members and "BGR" not in members
    later, notes = compile_measures(world, [bought.model_copy(update={"start": dt.date(2022, 1, 1)})])
    assert any("HRV not listed" in note for note in notes)
    assert not np.isinf(later.iceberg[world.countries.index("RUS"), world.countries.index("GBR")]).any()


def test_domestic_sales_are_never_touched():
    shock = compiled(*(measure(k, id=k, senders="everyone", targets="everyone", magnitude=0.1) for k in ("tariff", "trade-cost", "payment-friction")))  # fmt: skip
    for wedge in (shock.importer_wedge, shock.exporter_wedge, shock.iceberg):
        assert (np.asarray(wedge)[np.arange(3), np.arange(3)] == 1).all()


def test_variants_build_on_one_another():
    scenario = load_scenario("sanctions-since-2011")
    sanctions, stop = scenario.variant_ids("sanctions"), scenario.variant_ids("oil-stop")
    assert stop[: len(sanctions)] == sanctions
    assert "china-buys-more" in scenario.variant_ids("lifeline") and "china-buys-more" not in stop


@pytest.mark.parametrize("name", list(mp.shipped_scenarios()["scenario"]))
def test_every_shipped_scenario_is_complete_and_solves(name):
    scenario = load_scenario(name)
    outcomes = mp.run(mp.load_world(scenario.world), scenario)
    assert list(outcomes) == list(scenario.variants)
    for outcome in outcomes.values():
        assert outcome.certificate.worst <= 1e-9
        assert np.isfinite(outcome.welfare).all()
    used = {m for v in scenario.variants for m in scenario.variant_ids(v)}
    assert used == set(scenario.measures), "measures no variant uses"
    cited = {s for m in scenario.measures.values() for s in m.sources}
    assert cited == set(scenario.sources), "sources no measure cites"


def test_the_lifeline_reproduces_chinas_imports_from_russia_as_seen():
    """BACI 2023 over the table of 2011, relative to world goods trade: 2.455."""
    outcome = mp.run(mp.load_world("wiod-2011"), load_scenario("sanctions-since-2011"), ["lifeline"])[
        "lifeline"
    ]
    goods = [f"c{i}" for i in range(1, 17)]
    new, old = (
        t.sel(origin="RUS", destination="CHN", sector=goods).sum()
        for t in (outcome.trade, outcome.trade_baseline)
    )
    assert float(new / old) == pytest.approx(2.455, abs=2e-3)


def test_a_copy_keeps_comments_and_changes_only_what_was_set(tmp_path):
    target = tmp_path / "mine.yaml"
    copy_scenario("beijing-2024", target, ["friction-china-russia.magnitude=0.05"])
    from multipolar.scenario import _library

    before = (_library._folder() / "beijing-2024.yaml").read_text(encoding="utf-8").splitlines()
    after = target.read_text(encoding="utf-8").splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert changed == [("    magnitude: 0.10", "    magnitude: 0.05")]
    assert load_scenario(target).measures["friction-china-russia"].magnitude == 0.05
    with pytest.raises(ScenarioError, match="exists already"):
        copy_scenario("beijing-2024", target)


def test_set_values_reach_the_measures_and_wrong_keys_are_named():
    scenario = load_scenario("beijing-2024").with_settings(
        ["friction-china-russia.magnitude=0.2", "horizon=long"]
    )
    assert scenario.measures["friction-china-russia"].magnitude == 0.2
    assert scenario.horizon == "long"
    with pytest.raises(ScenarioError, match=r"Did you mean 'friction-china-russia.magnitude'"):
        scenario.with_settings(["friction-china-rusia.magnitude=0.2"])


def test_the_schema_describes_every_kind_and_accepts_the_library():
    schema = json_schema()
    text = json.dumps(schema)
    assert all(kind in text for kind in KINDS)
    assert {"name", "world", "measures", "variants"} <= set(schema["properties"])
