"""Nowcasts: exact totals, no change where none is asked, known closed forms, errors that name the cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import multipolar as mp
from multipolar.errors import InputError, NotConvergedError, WorldError
from multipolar.world import Targets, World, nowcast, nowcast_errors, perturbed
from multipolar.world._balance import Prior, balance, table
from multipolar.world._uncertainty import error_table
from tests.worlds import random_world

GOODS = ["s0"]
WANTED = [
    "UKR", "BLR", "KAZ", "KGZ", "ARM", "GEO", "UZB", "ARE", "SAU", "IRN", "IRQ", "HKG", "SGP", "VNM", "MYS", "THA",
    "ZAF", "NOR", "CHE", "ISR", "EGY", "NGA", "ARG",
]  # fmt: skip


def targets_of(world: World, goods=GOODS) -> Targets:
    """The totals that `world` itself has."""
    trade = world.trade.sel(sector=goods).sum("sector").to_pandas()
    rest = [s for s in world.sectors if s not in goods]
    services = world.trade.sel(sector=rest).sum("sector").to_pandas()
    return Targets(world.gdp.to_pandas(), trade, services, goods=goods)


def moved_targets(world: World, seed: int) -> Targets:
    """Totals of the same kind, some way off; trade between different countries moves by up to a half."""
    rng = np.random.default_rng(seed)
    same = targets_of(world)
    n = len(world.countries)
    gdp = same.gdp * rng.uniform(0.8, 1.6, n)
    goods = same.goods_trade * rng.uniform(0.7, 1.5, (n, n))
    assert same.services_trade is not None
    return Targets(gdp, goods, same.services_trade * rng.uniform(0.7, 1.5, (n, n)), goods=GOODS)


@pytest.mark.parametrize("technology", [0.0, 1.0, 10.0])
@pytest.mark.parametrize("seed", range(4))
def test_every_total_and_account_holds_to_a_billionth(seed, technology):
    world = random_world(seed, countries=4, sectors=3)
    targets = moved_targets(world, seed)
    new = nowcast(world, targets, technology=technology)
    np.testing.assert_allclose(new.gdp_values, targets.gdp, rtol=1e-9)
    off = ~np.eye(4, dtype=bool)
    for wanted, sectors in ((targets.goods_trade, [0]), (targets.services_trade, [1, 2])):
        assert wanted is not None
        np.testing.assert_allclose(
            new.trade_values[..., sectors].sum(2)[off], wanted.to_numpy()[off], rtol=1e-9
        )
    spent = new.final_values.sum((0, 1, 3))
    np.testing.assert_allclose(new.gdp_values + new.deficit_values, spent, rtol=1e-9)
    assert (new.value_added_values > 0).all() and (new.intermediate_values >= 0).all()


@pytest.mark.parametrize("technology", [0.0, 3.0])
def test_targets_that_change_nothing_return_the_table_itself(technology):
    world = random_world(5, countries=4, sectors=3)
    same = nowcast(world, targets_of(world), technology=technology)
    np.testing.assert_allclose(same.intermediate_values, world.intermediate_values, rtol=1e-9)
    np.testing.assert_allclose(same.final_values, world.final_values, rtol=1e-9)


def test_all_totals_doubled_doubles_every_cell():
    world = random_world(6, countries=3, sectors=2)
    same = targets_of(world)
    assert same.services_trade is not None
    twice = Targets(same.gdp * 2, same.goods_trade * 2, same.services_trade * 2, goods=GOODS)
    new = nowcast(world, twice)
    np.testing.assert_allclose(new.intermediate_values, 2 * world.intermediate_values, rtol=1e-9)


def test_the_order_of_countries_does_not_matter():
    world = random_world(7, countries=4, sectors=3)
    targets = moved_targets(world, 7)
    order = [2, 0, 3, 1]
    names = [world.countries[i] for i in order]
    turned = World.from_arrays(
        names,
        world.sectors,
        world.intermediate_values[order][:, :, order],
        world.final_values[order][:, :, order],
        world.trade_elasticity_values,
    )
    a = nowcast(world, targets).final.sel(origin=names, destination=names)
    np.testing.assert_allclose(a.values, nowcast(turned, targets).final_values, rtol=1e-8)


def test_two_countries_without_inputs_follow_from_trade_in_closed_form():
    # One sector, no inputs: value added is output, so domestic sales are GDP less exports, whatever the prior.
    final = np.array([[5.0, 1.0], [2.0, 6.0]])[:, None, :]
    world = World.from_arrays(["A", "B"], ["s0"], np.zeros((2, 1, 2, 1)), final, 5.0)
    trade = pd.DataFrame([[0, 3.0], [1.5, 0]], ["A", "B"], ["A", "B"])
    new = nowcast(world, Targets(pd.Series({"A": 10.0, "B": 7.0}), trade, goods=["s0"]))
    np.testing.assert_allclose(new.final_values[:, 0, :, 0], [[7.0, 3.0], [1.5, 5.5]], rtol=1e-12)


def test_one_closed_economy_without_technology_weight_is_classical_ras():
    # With inputs and final sales fixed in total by the accounts of two sectors, the solution has the biproportional
    # form x = r x0 / r, checked here cell by cell through the odds that such a form leaves unchanged.
    rng = np.random.default_rng(8)
    cells, added = rng.uniform(1, 2, (1, 3, 1, 4)), rng.uniform(2, 3, (1, 3))
    new = balance(Prior(cells, added, np.zeros(3, int)), np.array([9.0]), np.zeros((1, 1, 1)))
    factor = (new.cells / cells)[0, :, 0]
    mu = np.log(factor[:, 3])  # final sales move with the seller alone
    np.testing.assert_allclose(np.log(factor[:, :3]), mu[:, None] - mu[None, :], atol=1e-10)
    np.testing.assert_allclose(new.value_added.sum(), 9.0, rtol=1e-12)
    np.testing.assert_allclose(
        new.cells.sum((2, 3))[0] - new.cells[0, :, 0, :3].sum(0), new.value_added[0], rtol=1e-12
    )


@pytest.mark.parametrize("technology", [0.0, 2.0])
def test_no_feasible_table_near_the_solution_is_nearer_to_the_prior(technology):
    world = random_world(9, countries=3, sectors=2)
    targets = moved_targets(world, 9)
    rng = np.random.default_rng(9)
    cells = np.concatenate([world.intermediate_values, world.final_values], 3)
    prior = Prior(cells, world.value_added_values, np.array([0, 1]))
    trade = np.stack([targets.goods_trade.to_numpy(), np.asarray(targets.services_trade)], -1)
    trade[np.arange(3), np.arange(3)] = 0
    found = balance(prior, targets.gdp.to_numpy(), trade, technology)

    def distance(x: np.ndarray, v: np.ndarray) -> float:
        def kl(a: np.ndarray, b: np.ndarray) -> float:
            return float((a * np.log(a / b) - a + b).sum())

        return (
            kl(x, cells)
            + technology * kl(x.sum(0), cells.sum(0))
            + (1 + technology) * kl(v, prior.value_added)
        )

    best = distance(found.cells, found.value_added)
    size = cells.size
    rows = _constraints(3, 2, 4, np.array([0, 1]))
    for _ in range(20):
        # A direction within all constraints: a random one less its part in their span.
        step = rng.normal(size=rows.shape[1]) * np.r_[found.cells.ravel(), found.value_added.ravel()] * 1e-3
        step -= np.linalg.lstsq(rows, rows @ step, rcond=None)[0]
        assert np.abs(rows @ step).max() < 1e-9 * np.abs(step).max() + 1e-12
        x, v = (
            found.cells + step[:size].reshape(cells.shape),
            found.value_added + step[size:].reshape(prior.value_added.shape),
        )
        if (x > 0).all() and (v > 0).all():
            assert distance(x, v) >= best


def _constraints(n: int, j: int, uses: int, group: np.ndarray) -> np.ndarray:
    """The linear constraints, written out: accounts, GDP, trade by pair and group."""
    cells, added = np.zeros((n, j, n, uses)), np.zeros((n, j))
    rows = []

    def row(fill) -> None:
        x, v = cells.copy(), added.copy()
        fill(x, v)
        rows.append(np.r_[x.ravel(), v.ravel()])

    for c in range(n):
        for k in range(j):

            def account(x, v, c=c, k=k):
                x[c, k] += 1
                x[:, :, c, k] -= 1
                v[c, k] -= 1

            row(account)
        row(lambda x, v, c=c: v.__setitem__(c, 1))
        for d in range(n):
            for s in set(group.tolist()):
                if c != d:
                    row(lambda x, v, c=c, d=d, s=s: x.__setitem__((c, group == s, d), 1))
    return np.array(rows)


def test_multipliers_alone_give_the_table_back():
    world = random_world(10, countries=3, sectors=2)
    cells = np.concatenate([world.intermediate_values, world.final_values], 3)
    prior = Prior(cells, world.value_added_values, np.array([0, 1]))
    trade = np.stack([world.trade_values[..., k] for k in (0, 1)], -1) * 1.2
    trade[np.arange(3), np.arange(3)] = 0
    found = balance(prior, 1.1 * world.gdp_values, trade, 1.0)
    again, added = table(prior, found.multipliers, 1.0)
    assert np.array_equal(again, found.cells) and np.array_equal(added, found.value_added)


def test_a_pair_that_starts_trading_gets_its_origins_exports():
    base = random_world(11, countries=3, sectors=2)
    inputs, final = base.intermediate_values.copy(), base.final_values.copy()
    inputs[0, :, 1], final[0, :, 1] = 0, 0
    world = World.from_arrays(base.countries, base.sectors, inputs, final, 5.0, repair_value_added=True)
    same = targets_of(world)
    goods = same.goods_trade.copy()
    goods.loc["C0", "C1"] = 0.05
    new = nowcast(world, Targets(same.gdp, goods, same.services_trade, goods=GOODS))
    assert new.trade_values[0, 1, 0] == pytest.approx(0.05, rel=1e-9)
    assert any("had none" in a.what and a.cells == 1 for a in new.adjustments)


def test_totals_that_contradict_each_other_name_the_country():
    world = random_world(12)
    same = targets_of(world)
    goods = same.goods_trade.copy()
    goods.loc["C1", "C0"] = 100 * same.gdp.sum()
    with pytest.raises(WorldError, match=r"'C1' would sell .* nothing is left to consume"):
        nowcast(world, Targets(same.gdp, goods, same.services_trade, goods=GOODS))


def test_a_table_that_does_not_exist_names_the_worst_constraint():
    # B uses only its own input and sells nothing to anybody's final use but its exports, which must vanish.
    inputs, final = np.zeros((2, 2, 2, 2)), np.zeros((2, 2, 2))
    final[0, 0, 0] = final[1, 0, 1] = 1.0
    inputs[0, 1, 0, 0] = 0.5  # s1 of A sells only to A's s0
    final[0, 0, 1] = final[1, 0, 0] = 0.1
    world = World.from_arrays(["A", "B"], ["s0", "s1"], inputs, final, 5.0)
    trade = pd.DataFrame([[0, 1.9], [0.1, 0]], ["A", "B"], ["A", "B"])
    gdp = pd.Series({"A": 1.0, "B": 1.0})
    with pytest.raises((WorldError, NotConvergedError), match=r"'A'|'B'"):
        nowcast(world, Targets(gdp, trade, goods=["s0"]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: Targets(t.gdp.drop("C1"), t.goods_trade, goods=GOODS), "gdp: country 'C1' .* missing"),
        (lambda t: Targets(t.gdp.rename({"C1": "C9"}), t.goods_trade, goods=GOODS), "unknown country 'C9'"),
        (lambda t: Targets(t.gdp * np.nan, t.goods_trade, goods=GOODS), r"gdp\[C0\] is nan"),
        (lambda t: Targets(t.gdp * 0, t.goods_trade, goods=GOODS), "gdp of 'C0' is 0"),
        (lambda t: Targets(t.gdp, -t.goods_trade, goods=GOODS), r"goods_trade\[C0, C1\] is -"),
        (lambda t: Targets(t.gdp, t.goods_trade.drop("C2"), goods=GOODS), r"rows\): country 'C2'"),
        (lambda t: Targets(t.gdp, t.goods_trade, goods=["s7"]), "unknown sector 's7'"),
        (lambda t: Targets(t.gdp, t.goods_trade), "give `goods`"),
    ],
)
def test_bad_totals_are_named(change, words):
    world = random_world(0)
    with pytest.raises(WorldError, match=words):
        nowcast(world, change(targets_of(world)))


def test_a_base_with_tariffs_and_a_negative_weight_are_refused():
    world = random_world(0, tariffs=True)
    with pytest.raises(WorldError, match="has tariffs"):
        nowcast(world, targets_of(world))
    with pytest.raises(WorldError, match="technology is -1"):
        nowcast(random_world(0), targets_of(random_world(0)), technology=-1)


# The shipped worlds of 2023 ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def now() -> World:
    return mp.load_world("world-2023")


def test_world_2023_has_the_gdp_and_trade_of_its_sources(now):
    gdp, goods = now.gdp, now.trade.sel(sector=[f"c{i}" for i in range(1, 17)]).sum("sector")
    for country, value in {"CHN": 17_794_780, "RUS": 2_021_421, "UKR": 178_757, "USA": 27_843_280}.items():
        assert float(gdp.sel(country=country)) == pytest.approx(value, rel=1e-5)
    for origin, destination, value in [
        ("CHN", "RUS", 110_014), ("RUS", "CHN", 129_003), ("RUS", "DEU", 3_928), ("MEX", "USA", 459_100)
    ]:  # fmt: skip
        assert float(goods.sel(origin=origin, destination=destination)) == pytest.approx(value, rel=1e-3)
    assert 104e6 < float(gdp.sum()) < 107e6


def test_world_2023_meets_every_total_to_a_billionth(now):
    from multipolar.world._world2023 import split_2023, targets_2023

    split = split_2023(mp.load_world("wiod-2011"))
    targets, transit = targets_2023(split)
    np.testing.assert_allclose(now.gdp_values, targets.gdp, rtol=1e-9)
    goods = now.trade_values[..., :16].sum(2)
    off = ~np.eye(len(now.countries), dtype=bool)
    np.testing.assert_allclose(goods[off], targets.goods_trade.to_numpy()[off], rtol=1e-9)
    assert set(transit.index[transit > 1]) == {"HKG", "KGZ"}


def test_world_2023_has_the_countries_that_matter_and_no_absurd_cell(now):
    assert set(WANTED) <= set(now.countries) and len(now.countries) <= 75
    assert set(mp.load_world("wiod-2011").countries) <= set(now.countries)
    made = now.output_values > 0
    share = now.value_added_values[made] / now.output_values[made]
    assert share.min() >= 0.01 - 1e-9 and share.max() <= 1
    assert (now.final_values[..., 0].sum((0, 1)) > 0.25 * now.gdp_values).all()
    mining = now.value_added.sel(sector="c2").sum() / now.gdp.sum()
    assert float(now.value_added.sel(country="SAU", sector="c2") / now.gdp.sel(country="SAU")) > 3 * mining
    assert {"gdp", "goods_trade", "services_trade", "structure"} <= set(now.provenance)


def test_goods_2023_has_194_countries_and_the_trade_of_the_source():
    goods = mp.load_world("goods-2023")
    assert len(goods.countries) == 194 and len(goods.sectors) == 1
    trade = goods.trade.sel(sector="goods")
    assert float(trade.sel(origin="RUS", destination="CHN")) == pytest.approx(129_003, rel=1e-3)
    assert (np.diag(trade.values) > 0).all()
    share = np.diag(trade.values) / goods.output_values[:, 0]
    assert share.min() >= 0.1 - 1e-9
    assert float(goods.gdp.sel(country="RUS")) == pytest.approx(2_021_421, rel=1e-5)


def test_free_on_board_keeps_gdp_and_trade_balances():
    from multipolar.world._valuation import free_on_board

    base = mp.load_world("wiod-2011")
    goods = [f"c{i}" for i in range(1, 17)]
    fob = free_on_board(base, goods, ["c19", "c20", "c21", "c23"])
    np.testing.assert_allclose(fob.value_added_values, base.value_added_values, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(fob.deficit_values, base.deficit_values, rtol=1e-9, atol=1e-6)
    abroad = ~np.eye(len(base.countries), dtype=bool)
    assert (fob.trade.sel(sector=["c19", "c20"]).values[abroad] == 0).all()
    # Russian customs recorded goods exports of about 517 billion USD in 2011; basic prices show 303.
    russia = float(fob.trade.sel(origin="RUS", sector=goods).sum() - fob.trade_values[33, 33, :16].sum())
    assert 440_000 < russia < 520_000


# How sure it is ----------------------------------------------------------------------------------------


def test_a_drawn_world_keeps_every_total_and_the_same_seed_gives_the_same_world():
    world = random_world(13, countries=4, sectors=3)
    drawn = perturbed(world, 1)
    np.testing.assert_allclose(drawn.gdp_values, world.gdp_values, rtol=1e-9)
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose(
        drawn.trade_values.sum(2)[off], world.trade_values.sum(2)[off], rtol=1e-9
    )  # no sector of this world is known to be a good, so all trade of a pair is one total
    assert not np.allclose(drawn.intermediate_values, world.intermediate_values, rtol=0.01)
    assert np.array_equal(drawn.intermediate_values, perturbed(world, 1).intermediate_values)
    assert not np.array_equal(drawn.intermediate_values, perturbed(world, 2).intermediate_values)


def test_draws_without_error_are_the_world_itself_and_larger_errors_scatter_more():
    world = random_world(14, countries=4, sectors=3)
    measured = nowcast_errors()

    def scatter(scale: float) -> float:
        errors = measured.assign(log_sd=measured["log_sd"] * scale)
        gaps = [np.log(perturbed(world, seed, errors).trade_values / world.trade_values) for seed in range(5)]
        return float(np.std(gaps))

    assert scatter(0.0) < 1e-9 < scatter(0.3) < scatter(1.0)


def test_measured_errors_grow_with_the_span_and_fall_with_the_share():
    tables = {base: nowcast_errors(base)["log_sd"].to_numpy() for base in (2000, 2005, 2008)}
    assert (tables[2000] > tables[2005]).all() and (tables[2005] > tables[2008]).all()
    for spread in tables.values():
        assert (np.diff(spread[:4]) < 0).all() and (np.diff(spread[4:]) < 0).all()
    with pytest.raises(InputError, match="unknown backtest from 1995"):
        nowcast_errors(1995)
    with pytest.raises(InputError, match="errors lack column 'log_sd'"):
        perturbed(random_world(0), 0, nowcast_errors().drop(columns="log_sd"))
    with pytest.raises(WorldError, match="has tariffs"):
        perturbed(random_world(0, tariffs=True), 0)


def test_the_measured_errors_are_those_of_the_nowcast_they_claim():
    truth, base = mp.load_world("wiod-2011"), mp.load_world("wiod-2008")
    goods = [f"c{i}" for i in range(1, 17)]
    trade = truth.trade.sel(sector=goods).sum("sector").to_pandas()
    found = error_table(nowcast(base, Targets(truth.gdp.to_pandas(), trade, goods=goods)), truth)
    np.testing.assert_allclose(found["log_sd"], nowcast_errors(2008)["log_sd"], rtol=2e-3)
