"""Currencies of payment: closed forms, stability, monotonicity, what reaches the economy, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from multipolar import solve
from multipolar.economy import calibrate
from multipolar.economy import solve as solve_economy
from multipolar.errors import InputError
from multipolar.outcome import Outcome
from multipolar.settlement import (
    Brief,
    Levers,
    Market,
    adjust,
    baseline,
    block_curve,
    by_partner,
    completeness,
    equilibria,
    follow,
    hysteresis,
    judge,
    paths,
    russia_since_2022,
    settle,
    shares,
    tipping,
    tipping_strength,
)
from multipolar.world import World, load_world
from tests.test_cli import multipolar
from tests.worlds import random_world


def two_currencies(strength: float, depth: float = 0.1, tilt: float = 0.0) -> Market:
    """One corridor, one pool, two currencies: the model of Brock and Durlauf in logs."""
    return Market(np.ones(1), np.array([[tilt, 0.0]]), np.ones((1, 1)), np.full((1, 2), depth), strength)


def random_market(seed: int, strength: float, currencies: int = 4, corridors: int = 12) -> Market:
    rng = np.random.default_rng(seed)
    weight = rng.dirichlet(np.ones(corridors))
    attraction = rng.normal(0, 1.0, (corridors, currencies + 1))
    depth = rng.uniform(0.005, 0.1, (1, currencies))
    return Market(weight, attraction, np.ones((corridors, 1)), depth, strength)


@pytest.fixture(scope="module")
def world() -> World:
    """Five countries with currencies of their own, and trade balanced as in random worlds."""
    plain = random_world(3, countries=5)
    return World.from_arrays(
        ["USA", "DEU", "CHN", "RUS", "JPN"], plain.sectors, plain.intermediate_values, plain.final_values,
        plain.trade_elasticity_values, name="five",
    )  # fmt: skip


# Closed forms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [0.02, 0.1, 0.4])
def test_two_equal_currencies_split_evenly_until_the_pitchfork_at_one_plus_twice_the_depth(depth):
    critical = 1 + 2 * depth
    below = equilibria(two_currencies(0.98 * critical, depth))
    assert len(below) == 1 and below[0].use == pytest.approx([0.5, 0.5])
    above = equilibria(two_currencies(1.1 * critical, depth))
    assert [e.stable for e in above] == [True, True, False]
    assert above[2].use == pytest.approx([0.5, 0.5]) and above[2].radius == pytest.approx(1.1)
    assert completeness(above) == 1
    even = np.log(np.full((1, 2), 0.5 + depth))
    assert tipping_strength(two_currencies(0.5, depth), even) == pytest.approx(critical)


@pytest.mark.parametrize("lead", [0.05, 0.3, 0.8, 0.99])
def test_above_the_pitchfork_the_lead_of_one_currency_solves_the_closed_form(lead):
    """With shares (1 ± u)/2 the fixed point reads artanh u = k artanh(u / (1 + 2 phi))."""
    depth = 0.1
    strength = np.arctanh(lead) / np.arctanh(lead / (1 + 2 * depth))
    found = settle(two_currencies(strength, depth), np.log(np.array([[1 + depth, depth]])))
    assert found.use[0] - found.use[1] == pytest.approx(lead, rel=1e-6)
    assert found.stable and found.residual <= 1e-9


def test_without_a_network_shares_are_the_plain_logit():
    found = settle(two_currencies(0.0, tilt=1.3), np.zeros((1, 2)))
    assert found.use == pytest.approx([1 / (1 + np.exp(-1.3)), 1 / (1 + np.exp(1.3))])
    assert found.radius == 0


# Equilibria ---------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 1.0))
def test_up_to_a_network_strength_of_one_all_starts_lead_to_one_stable_equilibrium(seed, strength):
    market = random_market(seed, strength)
    rng = np.random.default_rng(seed)
    ends = [settle(market, np.log(rng.dirichlet(np.full(4, 0.3), 1) + market.depth)) for _ in range(5)]
    assert all(e.stable and e.residual <= 1e-9 for e in ends)
    assert max(np.abs(e.log_depth - ends[0].log_depth).max() for e in ends) < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_stability_labels_agree_with_where_strayed_use_goes(seed):
    market = random_market(seed, 1.8)
    found = equilibria(market)
    assert completeness(found) == 1
    rng = np.random.default_rng(seed)
    for e in found:
        strayed = e.log_depth + 1e-4 * rng.normal(size=e.log_depth.shape)
        back = np.abs(settle(market, strayed).log_depth - e.log_depth).max() < 1e-6
        assert back == e.stable
        assert e.residual <= 1e-9 and e.use.sum() == pytest.approx(1)


def test_the_plain_iteration_goes_downhill_and_the_gradient_is_the_excess_of_depth():
    market = random_market(1, 1.7)
    z = np.log(np.random.default_rng(5).dirichlet(np.ones(4), 1) + market.depth)
    numeric = np.empty_like(z)
    for c in range(4):
        step = np.zeros_like(z)
        step[0, c] = 1e-6
        numeric[0, c] = (market.potential(z + step) - market.potential(z - step)) / 2e-6
    excess = market.pool[:, None] * (np.exp(z) - market.depth - market.use(market.value(z)[0]))
    assert numeric == pytest.approx(excess, abs=1e-8)
    heights = []
    for _ in range(30):
        heights.append(market.potential(z))
        z = np.log(market.use(market.value(z)[0]) + market.depth)
    assert (np.diff(heights) <= 1e-13).all()


def test_multipliers_are_those_of_the_numeric_jacobian():
    market = random_market(2, 1.4)
    found = settle(market, np.log(market.depth + 0.25))

    def answer(z):
        return np.log(market.use(market.value(z[None])[0]) + market.depth)[0]

    z = found.log_depth[0]
    jacobian = np.stack([(answer(z + d) - answer(z - d)) / 2e-6 for d in 1e-6 * np.eye(4)], 1)
    assert np.sort(np.linalg.eigvals(jacobian).real) == pytest.approx(
        market.multipliers(found.log_depth), abs=1e-6
    )


def test_a_shock_that_is_taken_back_leaves_the_other_currency_in_use():
    def market_at(cost: float) -> Market:
        return two_currencies(1.6, tilt=-cost)

    start = np.log(np.array([[1.1, 0.1]]))
    costs = list(np.linspace(0, 1, 21))
    up = follow(market_at, costs, start)
    down = follow(market_at, costs[::-1], up[-1].log_depth)
    assert up[0].use[0] > 0.8 and up[-1].use[0] < 0.2
    assert down[-1].use[0] < 0.2  # the cost is gone, the old equilibrium is not back
    weak = [two_currencies(0.9, tilt=-c) for c in (0.0, 1.0, 0.0)]
    ends, state = [], start
    for market in weak:
        ends.append(settle(market, state))
        state = ends[-1].log_depth
    assert ends[2].use == pytest.approx(ends[0].use)


def test_shares_do_not_depend_on_the_unit_of_trade_or_of_utility(world):
    market = random_market(4, 0.8)
    start = np.log(market.depth + 0.2)
    one = settle(market, start)
    shifted = Market(market.weight, market.attraction + 7.5, market.loading, market.depth, market.strength)
    assert settle(shifted, start).use == pytest.approx(one.use)
    trade = world.trade_values.sum(2)
    levers = Levers(dollar_clearing_cut=["RUS"])
    plain, large = shares(world, levers), shares(world, levers, 1000 * trade)
    assert large.shares.values == pytest.approx(plain.shares.values)
    assert large.bill().values == pytest.approx(1000 * plain.bill().values)


# On a world ---------------------------------------------------------------------------------------------


def test_baseline_shares_sum_to_one_and_meet_the_published_totals():
    base = baseline(load_world("wiod-2011"))
    assert base.shares.sum(2)[~np.eye(41, dtype=bool)] == pytest.approx(1)
    gap = (base.fit["model_pct"] - base.fit["published_pct"]).abs()
    assert len(gap) > 150 and gap.max() < 3 and gap.mean() < 1
    weight = base.trade[base.countries.index("RUS")]
    dollars = weight @ base.shares[base.countries.index("RUS"), :, 0] / weight.sum()
    row = base.fit[(base.fit.country == "RUS") & (base.fit.flow == "export") & (base.fit.currency == "USD")]
    assert 100 * dollars == pytest.approx(row["model_pct"].item())


def test_idle_levers_give_exactly_no_shock_whatever_the_outcome(world):
    outcome = solve(world)
    for given_outcome in (None, outcome):
        for levers in (Levers(), Levers(network_strength=1.5, dispersion=0.02), Levers(secondary_on=["CHN"])):
            adjustment = adjust(world, levers, given_outcome)
            assert (adjustment.shock.iceberg == 1).all() and not adjustment.notes
            assert (adjustment.results.cost.values == 0).all()


def test_the_dearer_the_dollar_for_a_country_the_less_it_is_used_and_the_more_it_costs(world):
    dollar, bill = [], []
    for cost in (0.0, 0.005, 0.02, 0.08, float("inf")):
        found = shares(
            world, Levers(dollar_clearing_cut=["RUS"], cut_cost_receiving=cost, cut_cost_paying=cost)
        )
        dollar.append(float(found.shares.sel(origin="RUS", destination="CHN", currency="USD")))
        bill.append(float(found.bill().sum()))
        assert found.shares.sum("currency").values[~np.eye(5, dtype=bool)] == pytest.approx(1)
    assert (np.diff(dollar) < 0).all() and dollar[-1] == 0
    assert bill[0] == 0 and (np.diff(bill) > 0).all()


def test_local_settlement_uses_only_the_currencies_of_the_two_and_secondary_risk_is_paid_in_full(world):
    found = shares(world, Levers(local_settlement="RUS-CHN"))
    for i, j in (("RUS", "CHN"), ("CHN", "RUS")):
        pair = found.shares.sel(origin=i, destination=j).to_series()
        assert pair[["CNY", "RUB"]].sum() == pytest.approx(1) and pair[["USD", "EUR", "OTH"]].sum() == 0
    everywhere = shares(world, Levers(secondary_risk=0.02, own_currency_exposure=1.0))
    assert everywhere.cost.sel(origin="RUS", destination="USA").item() == pytest.approx(0.02)
    assert everywhere.cost.sel(origin="JPN", destination="USA").item() == pytest.approx(0, abs=1e-12)
    assert everywhere.use.values == pytest.approx(everywhere.use_before.values)


def test_the_cost_of_a_block_falls_as_the_alternative_deepens_and_money_scales_with_the_dispersion(world):
    curve = block_curve(load_world("wiod-2011"), "CHN", depths=(0.0, 0.1, 0.5))
    assert (np.diff(curve["cost"]) < 0).all() and (np.diff(curve["alternative_use_after"]) > 0).all()
    small, large = (
        shares(world, Levers(dollar_clearing_cut=["CHN"], cut_cost_receiving=4 * mu, cut_cost_paying=4 * mu, dispersion=mu))
        for mu in (0.01, 0.02)
    )  # fmt: skip
    assert large.use.values == pytest.approx(small.use.values)
    assert large.cost.values == pytest.approx(2 * small.cost.values)
    table = by_partner(small, "CHN")
    assert table["bill"].sum() == pytest.approx(float(small.bill().sum()), rel=0.05)


def test_the_cost_reaches_the_economy_as_an_iceberg_and_answers_its_trade(world):
    levers = Levers(dollar_clearing_cut=["RUS"], euro_clearing_cut=["RUS"])
    first = adjust(world, levers)
    assert np.log(first.shock.iceberg[..., 0, 0]) == pytest.approx(first.results.cost.values)
    assert (np.diagonal(first.shock.iceberg[..., 0, 0]) == 1).all()
    outcome = Outcome(world, solve_economy(calibrate(world), first.shock), "", "", (), (), {})
    at = world.countries.index("RUS")
    assert outcome.welfare.values[at] == outcome.welfare.values.min() < 0
    second = adjust(world, levers, outcome)
    moved = np.abs(second.results.cost.values - first.results.cost.values).max()
    assert 0 < moved < 0.1 * first.results.cost.values.max()
    assert "certified" in " ".join(second.notes)


def test_paths_end_at_the_equilibrium_and_start_at_the_baseline(world):
    levers = Levers(dollar_clearing_cut=["RUS"])
    path = paths(world, {0: Levers(), 2: levers}, 120, turnover=0.3)
    assert path.use.sel(month=1).values == pytest.approx(path.use.sel(month=0).values)
    assert path.use.sel(month=120).values == pytest.approx(path.end.use, rel=1e-6)
    assert path.of_country("RUS", "export").sum(axis=1).to_numpy() == pytest.approx(1)
    assert path.use.sel(month=120).values == pytest.approx(shares(world, levers).use.values, rel=1e-6)


# What is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("Did you mean 'RUB'", {"transaction_cost": {"RUR": 0.1}}),
        ("Did you mean 'CNY'", {"added_depth": {"CNH": 0.1}}),
        ("0 or more", {"added_depth": {"CNY": -0.1}}),
        ("finite", {"volatility": {"USD": float("nan")}}),
        ("positive", {"dispersion": 0.0}),
        ("Extra inputs", {"dolar_clearing_cut": ["RUS"]}),
        ("less than or equal to 1", {"secondary_risk": 3}),
    ],
)
def test_levers_that_make_no_sense_are_refused_by_name(words, given):
    with pytest.raises(ValidationError, match=words):
        Levers(**given)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("unknown country 'RUR'. Did you mean 'RUS'", {"dollar_clearing_cut": ["RUR"]}),
        ("not a corridor", {"local_settlement": ["RUS"]}),
        ("unknown country 'CHI'", {"local_settlement": ["RUS-CHI"]}),
        ("unknown country 'XXX'", {"transaction_cost": {"CNY@XXX": 0.01}}),
        ("no currency is left", {"local_settlement": ["USA-DEU"], "dollar_clearing_cut": ["DEU"],
                                 "euro_clearing_cut": ["DEU"], "cut_cost_receiving": np.inf, "cut_cost_paying": np.inf}),
    ],
)  # fmt: skip
def test_levers_that_do_not_fit_the_world_say_what_is_wrong(world, words, given):
    with pytest.raises(InputError, match=words):
        shares(world, Levers(**given))


def test_levers_of_another_kind_and_worlds_without_currencies_are_refused(world):
    with pytest.raises(TypeError, match=r"settlement.Levers"):
        adjust(world, object())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="above 0"):
        paths(world, {}, 3, turnover=0.0)


# On the real world, in the report, on the command line ----------------------------------------------------


def test_the_judgement_uses_nothing_of_2023_and_beats_standing_still():
    found = judge(load_world("wiod-2011"))
    fitted = found.table[found.table["role"] == "fit"]
    assert set(fitted["period"]) == {"2022-12"} and fitted["gap"].abs().max() < 2
    judged = found.table[found.table["role"] == "judge"]
    assert judged["period"].min() >= "2023"
    scores = found.scores.set_index("points of")
    by_hand = (judged["model"] - judged["observed"]).abs().mean()
    assert scores.loc["all", "model"] == pytest.approx(by_hand)
    assert by_hand < 0.6 * scores.loc["all", "december_2022"]


def test_the_shipped_levers_of_russia_are_where_the_fit_is_best():
    world = load_world("wiod-2011")

    def misfit(**changes: object) -> float:
        levers = russia_since_2022().model_copy(update=changes)
        table = judge(world, (levers, levers)).table
        return float((table.loc[table["role"] == "fit", "gap"] ** 2).sum())

    best, known = misfit(), russia_since_2022()
    for step in (-0.002, 0.002):
        assert misfit(cut_cost_receiving=known.cut_cost_receiving + step) > best
        for key in ("RUB@RUS", "CNY@RUS"):
            moved = {**known.transaction_cost, key: known.transaction_cost[key] + step}
            assert misfit(transaction_cost=moved) > best
    assert misfit(cut_cost_paying=0.002) > best


def test_the_worlds_use_of_currencies_has_several_equilibria_only_beyond_todays_tipping_point():
    found = tipping(load_world("wiod-2011"), [1.0, 1.2, 1.5])
    stable = found.table[found.table["stable"]].groupby("strength").size()
    assert stable[1.0] == stable[1.2] == 1 < stable[1.5]
    assert 1.2 < found.at_baseline < 1.5 and found.complete.all()
    assert found.table["residual"].max() <= 1e-9


def test_on_the_world_a_dollar_shock_that_ends_leaves_the_yuan_in_use_beyond_the_tipping_point():
    loop = hysteresis(load_world("wiod-2011"), 1.6, largest=0.04, steps=5)
    first, last = loop.iloc[0], loop.iloc[-1]
    assert first["cost"] == last["cost"] == 0 and first["stable"] and last["stable"]
    assert first["leader"] == "USD" and last["leader"] == "CNY"
    weak = hysteresis(load_world("wiod-2011"), 0.9, largest=0.04, steps=5)
    assert weak.iloc[0]["USD"] == pytest.approx(weak.iloc[-1]["USD"])


def test_report_sections_show_the_numbers_and_escape_what_they_are_given():
    from multipolar.report._settlement import sections

    base = load_world("wiod-2011")
    found = Brief(
        shares(base, Levers(dollar_clearing_cut=["CHN"])), judge(base), tipping(base, [0.8, 1.5]),
        hysteresis(base, 1.5, steps=5), 1.5, {"CHN": block_curve(base, "CHN", depths=(0.0, 0.1))},
        by_partner(shares(base, Levers(dollar_clearing_cut=["CHN"])), "CHN").rename(index={"USA": "<b>USA"}),
    )  # fmt: skip
    html = "".join(section.html() for section in sections(found))
    assert html.count("<section") == 4 and "<script" not in html
    assert "<b>USA" not in html and "&lt;b&gt;USA" in html
    share = 100 * float(found.settlement.shares.sel(origin="CHN", destination="USA", currency="CNY"))
    assert f"CNY {share:.1f}%" in html


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "dolar_clearing_cut=RUS"], "Did you mean 'dollar_clearing_cut'"),
        (["--set", "transaction_cost.CNH=0.1"], "Did you mean 'CNY'"),
        (["--corridor", "RUS"], "RUS-CHN"),
    ],
)
def test_commands_refuse_bad_input_by_name(words, told):
    done = multipolar("settlement", "shares", *words)
    assert done.returncode == 2 and told in " ".join(done.stderr.split())


def test_commands_print_json_tables_that_fit_and_files(tmp_path):
    done = multipolar(
        "settlement", "shares", "--set", "dollar_clearing_cut=RUS,CHN", "--json", "--out", str(tmp_path)
    )
    told = json.loads(done.stdout)
    assert told["residual"] <= 1e-9 and told["use"]["USD"] < told["use_before"]["USD"]
    assert [p.name for p in tmp_path.iterdir()] == ["shares.csv"]
    for words in (("paths",), ("block", "RUS")):
        done = multipolar("settlement", *words)
        assert done.returncode == 0, done.stderr
        assert max(map(len, done.stdout.splitlines())) <= 80
