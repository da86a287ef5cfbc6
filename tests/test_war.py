"""The war's accounts: sums, closed forms, directions, ranges, sources, transfers, the link to the economy."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import multipolar as mp
from multipolar import war
from multipolar.errors import InputError, WorldError
from multipolar.scenario import Measure
from multipolar.war._lines import IDENTITIES, LINES, chosen, compute
from multipolar.world import World
from tests.worlds import random_world

COUNTRIES = ["RUS", "CHN", "DEU", "USA", "RoW"]
SECTORS = ["c1", "c2", "c8", "c12", "c14"]


def world(seed: int = 0, countries: list[str] | None = None) -> World:
    """A random world under the codes that the accounts know."""
    names = countries or COUNTRIES
    found = random_world(seed, len(names), len(SECTORS))
    return World.from_arrays(
        names,
        SECTORS,
        found.intermediate_values,
        found.final_values,
        found.trade_elasticity_values,
        name="small",
    )


def measure(kind: str, **given_) -> Measure:
    base = {
        "id": "m",
        "kind": kind,
        "senders": "DEU",
        "targets": "RUS",
        "evidence": "assumed",
        "note": "test",
    }
    return Measure.model_validate({**base, **given_})


LEVERS = st.fixed_dictionaries(
    {
        "oil_price": st.floats(40, 150),
        "urals_discount": st.floats(0, 35),
        "price_cap": st.floats(20, 100),
        "cap_enforcement": st.floats(0, 1),
        "crude_volume": st.floats(0, 8),
        "product_volume": st.floats(0, 5),
        "gas_europe": st.floats(0, 150),
        "gas_china": st.floats(0, 100),
        "lng_volume": st.floats(0, 60),
        "exchange_rate": st.floats(50, 150),
        "defence_spending": st.floats(3, 20),
    }
)


# Sums --------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(LEVERS)
def test_every_sum_adds_up_whatever_the_levers(levers):
    found = war.accounts(levers=war.Levers(**levers))
    assert max(found.certificate.values()) <= 1e-12
    for total, parts in IDENTITIES.items():
        summed = sum(sign * found[key] for sign, key in parts)
        assert summed == pytest.approx(
            found[total], rel=1e-12, abs=1e-12 * max(abs(found[k]) for _, k in parts)
        )


def test_the_tax_take_gives_back_the_budget_of_2023():
    values = chosen(war.Levers())
    of_2023 = {key.removesuffix("_2023"): value for key, value in values.items() if key.endswith("_2023")}
    again = compute({**values, **of_2023, "brent": values["urals_2023"], "urals_discount": 0.0})
    assert again["oil_gas_revenue"] == pytest.approx(values["oil_gas_revenue_2023"], rel=1e-13)


def test_the_accounts_are_those_written_out_by_hand():
    """The May 2024 state from the shipped figures, multiplied out independently of the code."""
    v = {key: item.value for key, item in war.inputs().items()}
    found = war.accounts()
    urals = v["brent"] - v["urals_discount"]
    barrels = 365e6 * (v["crude_volume"] + v["product_volume"])
    assert found["crude_receipts"] * 1e9 == pytest.approx(365e6 * v["crude_volume"] * urals)
    gas_2023 = 1e6 * (
        v["gas_europe_volume_2023"] * v["gas_europe_price_2023"]
        + v["gas_china_volume_2023"] * v["gas_china_price_2023"]
        + v["gas_other_volume_2023"] * v["gas_other_price"]
    )
    from_oil = v["oil_gas_revenue_2023"] * 1e12 / v["exchange_rate_2023"] - v["gas_tax_rate"] * gas_2023
    barrels_2023 = 365e6 * (v["crude_volume_2023"] + v["product_volume_2023"])
    take = from_oil / barrels_2023 / (v["urals_2023"] - v["oil_tax_threshold"])
    gas = 1e6 * sum(v[f"gas_{b}_volume"] * v[f"gas_{b}_price"] for b in ("europe", "china", "other"))
    roubles = v["exchange_rate"] * (
        take * barrels * (urals - v["oil_tax_threshold"]) + v["gas_tax_rate"] * gas
    )
    assert found["oil_gas_revenue"] * 1e12 == pytest.approx(roubles)
    balance = roubles / 1e12 + v["nonoil_revenue"] - v["defence_spending"] - v["other_expenditure"]
    assert found["balance"] == pytest.approx(balance)
    assert found["years_without_borrowing"] == pytest.approx(v["fund_liquid"] / -balance)


def test_without_oil_and_gas_the_deficit_is_what_other_revenue_leaves():
    found = war.accounts(
        levers=war.Levers(crude_volume=0, product_volume=0, lng_volume=0),
        effects={**war.accounts().effects, "gas_europe": 0.0, "gas_china": 0.0, "gas_other": 0.0},
    )
    assert found["energy_receipts"] == 0 and found["oil_gas_revenue"] == 0
    assert found["deficit"] == pytest.approx(found["expenditure"] - found["revenue_without_oil_gas"])


def test_a_surplus_lasts_for_ever():
    found = war.accounts(levers=war.Levers(oil_price=200))
    assert found["balance"] > 0 and found["deficit"] == 0 and found["years"] == math.inf


# Directions --------------------------------------------------------------------------------------------

WORSE = {
    "urals_discount": (10, 20, 30),
    "oil_price": (95, 82, 70, 55),
    "crude_volume": (5.2, 5.0, 4.0),
    "product_volume": (2.5, 2.3, 1.5),
    "gas_europe": (60, 28, 0),
    "gas_china": (60, 30, 10),
    "exchange_rate": (100, 91, 80),
    "defence_spending": (8, 10.78, 13),
}


@pytest.mark.parametrize("lever", WORSE)
def test_what_lowers_revenue_or_raises_spending_shortens_the_years(lever):
    found = [war.accounts(levers=war.Levers(**{lever: value})) for value in WORSE[lever]]
    balances = [a["balance"] for a in found]
    years = [a["years_without_borrowing"] for a in found]
    assert balances == sorted(balances, reverse=True) and len(set(balances)) == len(balances)
    assert years == sorted(years, reverse=True)


def test_a_cap_does_nothing_above_the_price_or_without_enforcement():
    usual = war.accounts()["energy_receipts"]
    assert war.accounts(levers=war.Levers(price_cap=30))["energy_receipts"] == usual
    assert war.accounts(levers=war.Levers(price_cap=80, cap_enforcement=1))["energy_receipts"] == usual
    assert war.accounts(levers=war.Levers(price_cap=50, cap_enforcement=0.5))["energy_receipts"] < usual


def test_above_base_prices_the_rule_saves_and_below_it_draws():
    rich, poor = (war.accounts(levers=war.Levers(oil_price=p, urals_discount=0)) for p in (90, 40))
    assert rich["excess_revenue"] > 0 > poor["excess_revenue"]
    assert rich["base_revenue"] == poor["base_revenue"]


# Ranges and drivers ------------------------------------------------------------------------------------


def test_ranges_hold_the_value_and_the_same_seed_repeats_them():
    first, again, other = (war.financing(seed=s, draws=2000) for s in (1, 1, 2))
    assert first.frame().equals(again.frame())
    assert not first.frame().equals(other.frame())
    for variant in first.variants:
        for spec in LINES:
            low, value, high = variant.low[spec.key], variant.accounts[spec.key], variant.high[spec.key]
            slack = 1e-9 * abs(value) if math.isfinite(value) else 0
            assert low - slack <= value <= high + slack, (variant.key, spec.key)


def test_a_range_by_draws_is_the_triangular_quantile_where_one_figure_decides():
    """The fund's own line is one triangular figure: its 5th and 95th percentiles are known in closed form."""
    item = war.inputs()["fund_liquid"]
    found = war.financing({"x": ("x", {})}, draws=40_000).variants[0]
    width, left, right = item.high - item.low, item.value - item.low, item.high - item.value
    assert found.low["fund"] == pytest.approx(item.low + math.sqrt(0.05 * width * left), rel=2e-3)
    assert found.high["fund"] == pytest.approx(item.high - math.sqrt(0.05 * width * right), rel=2e-3)


def test_drivers_are_the_swing_of_one_figure_at_a_time():
    ranked = war.drivers("oil_gas_revenue")
    assert list(ranked["swing"]) == sorted(ranked["swing"], reverse=True)
    item = war.inputs()["brent"]
    ends = [war.accounts(levers=war.Levers(oil_price=p))["oil_gas_revenue"] for p in (item.low, item.high)]
    row = ranked.set_index("input").loc["brent"]
    assert [row["low"], row["high"]] == pytest.approx(ends)


def test_out_of_sample_the_tax_take_is_within_a_sixth():
    found = war.validation()
    assert len(found) == 3 and {2022, 2024} <= set(found["year"])
    assert found["error"].abs().max() < 1 / 6


# Sources -----------------------------------------------------------------------------------------------


def test_every_figure_has_a_source_a_mark_and_a_range_around_it():
    for item in war.inputs().values():
        assert item.source and item.unit and item.period
        assert item.status in {"observed", "estimated", "assumed"}
        assert item.mark in {"confirmed", "derived", "unconfirmed"}
        assert item.low <= item.value <= item.high, item.key


def test_a_line_is_no_better_confirmed_than_what_it_rests_on():
    found = war.accounts()
    assert (
        found.line("lng_receipts").mark == "unconfirmed"
        and "gas_other_price" in found.line("balance").unconfirmed
    )
    assert found.line("fund").mark == "confirmed" and found.line("gas_china_receipts").mark == "derived"
    moved = war.accounts(levers=war.Levers(urals_discount=20))
    assert moved.line("urals_discount").mark == "chosen" and moved.line("urals").mark == "derived"
    assert set(found.frame()["key"]) == {s.key for s in LINES} | set(war.inputs())


def test_inputs_taken_from_published_figures_are_those_figures():
    budget, military = war.figures("budget"), war.figures("military")

    def published(table, **where):
        rows = table
        for column, value in where.items():
            rows = rows[rows[column].astype(str) == value]
        assert len(rows) == 1, where
        return float(rows["value"].iloc[0])

    plan = {"year": "2024", "kind": "plan"}
    spending = published(budget, measure="expenditure", **plan)
    defence = published(budget, measure="national defence", **plan)
    deficit = published(budget, measure="balance", **plan)
    value = {key: item.value for key, item in war.inputs().items()}
    assert value["defence_spending"] == defence
    assert value["other_expenditure"] == pytest.approx(spending - defence)
    assert value["nonoil_revenue"] == pytest.approx(spending + deficit - 11.5)
    assert value["ukraine_spending"] == published(military, year="2023", party="UKR", note=military[
        (military["party"] == "UKR") & (military["value"].astype(float) == 64.8)]["note"].iloc[0])  # fmt: skip


def test_defence_is_the_same_money_in_both_currencies_and_sipri_counts_more():
    found = war.defence_compared()
    rate = found["trillion_rub"] * 1000 / found["billion_usd"]
    assert rate.groupby(found["year"]).std().fillna(0).max() < 1e-9
    of_2023 = found[found["year"] == 2023].set_index(["measure", "kind"])
    sipri = of_2023.loc[("military spending (SIPRI)", ""), "billion_usd"]
    assert sipri == pytest.approx(109)
    assert sipri > of_2023.loc[("national defence", "executed estimate"), "billion_usd"]
    assert set(found["mark"]) <= {"confirmed", "unconfirmed"}


# Aid and transfers -------------------------------------------------------------------------------------


def test_default_levers_are_exactly_no_shock():
    found = war.adjust(world(), war.Levers())
    none = mp.Shock.none(len(COUNTRIES), len(SECTORS))
    for name in ("importer_wedge", "exporter_wedge", "iceberg", "productivity", "transfer"):
        assert np.array_equal(np.asarray(getattr(found.shock, name)), np.asarray(getattr(none, name)))
    assert found.results.transfers == {} and found.results.aid.missing == 0


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 200), st.floats(0, 200), st.floats(0, 12), st.floats(0, 12))
def test_transfers_sum_to_zero(usa, europe, usa_delay, europe_delay):
    levers = war.Levers(
        aid_usa=usa, aid_europe=europe, aid_usa_delay=usa_delay, aid_europe_delay=europe_delay
    )
    moved = np.asarray(war.adjust(world(), levers).shock.transfer)
    assert abs(moved.sum()) <= 1e-12 * max(np.abs(moved).sum(), 1)


def test_late_aid_stays_with_the_donor_and_is_missing_in_ukraine():
    base = world()
    moved = war.adjust(base, war.Levers(aid_usa_delay=6)).results.transfers
    usual = war.Levers().aid_usa
    scale = base.gdp_values.sum() / (war.inputs()["world_gdp_2023"].value * 1e6)
    assert moved["USA"] == pytest.approx(usual / 2 * 1000 * scale)
    assert moved["RoW"] == pytest.approx(-moved["USA"]) and set(moved) == {"USA", "RoW"}
    with_ukraine = world(countries=["RUS", "CHN", "DEU", "USA", "UKR"])
    assert war.adjust(with_ukraine, war.Levers(aid_usa_delay=6)).results.transfers["UKR"] < 0


def test_a_month_of_delay_costs_ukraine_months_in_proportion():
    one, six = (war.aid(war.Levers(aid_usa_delay=m)).donors[0] for m in (1, 6))
    assert six.months_of_war == pytest.approx(6 * one.months_of_war)
    assert one.low <= one.months_of_war <= one.high
    assert one.military / 12 / war.aid().war_month == pytest.approx(one.months_of_war)


# Arms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_content_of_arms_adds_up_to_one(seed):
    found = war.arms_content(world(seed))
    assert found.residual < 1e-12 and found.industries == ("c12", "c14")
    assert 0 < found.direct < found.imported < 1
    assert found.imported == pytest.approx(found.by_origin.drop("RUS").sum())


def test_the_content_of_arms_is_the_sum_over_rounds_of_production():
    base = world(2)
    n, js = 0, [3, 4]
    use = base.intermediate_values[:, :, n] / base.output_values[n]
    rest = np.zeros(len(SECTORS))
    rest[js] = base.output_values[n, js] / base.output_values[n, js].sum()
    china = 0.0
    for _ in range(200):
        china += use[1].sum(0) @ rest
        rest = use[n] @ rest
    assert war.arms_content(base).by_origin["CHN"] == pytest.approx(china, rel=1e-10)


# The economy -------------------------------------------------------------------------------------------


def test_an_outcome_without_measures_moves_nothing():
    base = world()
    calm = mp.solve(base)
    found = war.accounts(base, calm)
    assert found.effects == pytest.approx(dict.fromkeys(found.effects, 1.0), rel=1e-8)
    assert found["balance"] == pytest.approx(war.accounts()["balance"], rel=1e-7)


def test_a_german_ban_on_mining_stops_gas_to_europe_and_lowers_revenue():
    base = world()
    banned = mp.solve(base, [measure("import-ban", sectors=["c2"])])
    found = war.accounts(base, banned)
    assert found["gas_europe_receipts"] == 0 and found["gas_china_receipts"] > 0
    assert found.effects["crude"] < 1
    calm = mp.solve(base)
    assert war.accounts(base, banned, reference=calm)["balance"] == pytest.approx(found["balance"], rel=1e-6)
    taxed = mp.solve(base, [measure("tariff", sectors=["c2"], magnitude=0.2)])
    assert war.accounts(base, taxed, reference=taxed)["balance"] == war.accounts()["balance"]
    with pytest.raises(WorldError, match="sells no c2 to DEU in the reference"):
        war.accounts(base, calm, reference=banned)


def test_without_diversion_only_losses_count():
    base = world()
    banned = mp.solve(base, [measure("import-ban", sectors=["c2"])])
    full, half, none = (war.effects_of(base, banned, diversion=d) for d in (1.0, 0.5, 0.0))
    sales = [
        trade.sel(origin="RUS", sector="c2").drop_sel(destination="RUS")
        for trade in (banned.trade_baseline, banned.trade)
    ]
    lost = np.minimum(sales[1].values - sales[0].values, 0).sum() / float(sales[0].sum())
    assert none["crude"] == pytest.approx(1 + lost) and none["crude"] < full["crude"]
    assert half["crude"] == pytest.approx((full["crude"] + none["crude"]) / 2)
    assert (
        war.accounts(base, banned, war.Levers(diversion=0))["balance"] < war.accounts(base, banned)["balance"]
    )


def test_dearer_imports_make_arms_dearer():
    base = world()
    walls = [mp.solve(base, [measure("export-ban", sectors=["c12"])]), mp.solve(base)]
    blocked, calm = (war.arms_price(o) for o in walls)
    assert blocked > 1 and calm == pytest.approx(1, abs=1e-8)
    assert war.accounts(base, walls[0])["defence"] > war.accounts()["defence"]


def test_accounts_respond_smoothly_to_the_outcome():
    base = world()
    steps = [
        war.accounts(base, mp.solve(base, [measure("non-tariff-cost", sectors=["c2"], magnitude=m)]))[
            "balance"
        ]
        for m in (0.099, 0.1, 0.101)
    ]
    assert steps[0] > steps[1] > steps[2]
    assert steps[0] - steps[1] == pytest.approx(steps[1] - steps[2], rel=0.05)


def test_the_adjustment_solves_with_the_economy_and_its_transfers():
    base = world()
    adjusted = war.adjust(base, war.Levers(aid_usa_delay=12, aid_europe_delay=12), mp.solve(base))
    from multipolar.economy import calibrate
    from multipolar.economy import solve as solve_economy

    equilibrium = solve_economy(calibrate(base), adjusted.shock)
    assert equilibrium.certificate.passes
    assert any("late" in note for note in adjusted.notes)


# Bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levers", "said"),
    [
        ({"urals_discont": 3}, "urals_discount"),
        ({"oil_price": -3}, "oil_price"),
        ({"oil_price": 10, "urals_discount": 20}, "must be below oil_price"),
        ({"aid_usa_delay": 13}, "aid_usa_delay"),
        ({"gas_china": float("nan")}, "gas_china"),
        ({"gas_china": "much"}, "gas_china"),
    ],
)
def test_a_wrong_lever_is_named(levers, said):
    with pytest.raises(InputError, match=said):
        war.levers_from(levers)


def test_a_world_without_what_is_needed_is_named():
    nobody = random_world(0)
    with pytest.raises(WorldError, match="RUS"):
        war.accounts(nobody, mp.solve(nobody))
    with pytest.raises(WorldError, match="RUS"):
        war.arms_content(nobody)
    with pytest.raises(WorldError, match="USA"):
        war.adjust(nobody, war.Levers(aid_usa=0))
    with pytest.raises(WorldError, match="RoW"):
        war.adjust(world(countries=["RUS", "CHN", "DEU", "USA", "JPN"]), war.Levers(aid_usa=0))
    bare = random_world(1, 5)
    plain = World.from_arrays(COUNTRIES, ["a", "b"], bare.intermediate_values, bare.final_values, 4.0)
    with pytest.raises(WorldError, match="mining"):
        war.accounts(plain, mp.solve(plain))


def test_unknown_names_and_too_few_draws_are_refused():
    with pytest.raises(InputError, match="balance"):
        war.drivers("balnce")
    with pytest.raises(InputError, match="draws 5"):
        war.financing(draws=5)
    with pytest.raises(InputError, match="budget"):
        war.figures("bugdet")


# Command line ------------------------------------------------------------------------------------------


def cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "multipolar", "war", *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_line_prints_json_and_writes_tables(tmp_path):
    done = cli("financing", "--json", "--draws", "500", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {v["variant"] for v in found["variants"]} == set(war.VARIANTS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["drivers.csv", "financing.csv"]


def test_the_command_line_fits_80_columns_and_shows_what_is_unconfirmed():
    done = cli("accounts", "--set", "oil_price=70")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "unconfirmed" in done.stdout and "gas_other_price" in done.stdout


def test_a_wrong_setting_ends_with_code_2():
    done = cli("aid", "--set", "aid_usa")
    assert done.returncode == 2 and "LEVER=NUMBER" in done.stderr


# Report ------------------------------------------------------------------------------------------------


def test_the_report_shows_every_line_figure_and_mark_without_script():
    from multipolar.report._war import sections

    brief = war.brief(world())
    pages = [section.html() for section in sections(brief)]
    text = "".join(pages)
    for line in (*brief.accounts.lines, *brief.accounts.inputs):
        assert line.title.replace("&", "&amp;") in text
    assert war.brief().arms is None and "Ukraine Facility" in pages[2]
    assert "unconfirmed" in pages[0] and "<script" not in text and "nan" not in text.lower().split()
    assert all(variant.title in pages[1] for variant in brief.financing.variants)
    assert text.count("<table") == text.count("</table>") == text.count('class="scroll"')


def test_the_report_takes_variants_from_joint_results():
    from multipolar.report._war import sections

    base = world()
    taxed = mp.solve(base, [measure("tariff", sectors=["c2"], magnitude=0.2)])
    results = {
        "calm": war.adjust(base, war.Levers()).results,
        "taxed & late": war.adjust(base, war.Levers(aid_usa_delay=3), taxed).results,
    }
    brief = war.brief(base, results)
    assert [v.accounts["balance"] for v in brief.financing.variants] == [
        found.accounts["balance"] for found in results.values()
    ]
    assert "taxed &amp; late" in "".join(section.html() for section in sections(brief))
