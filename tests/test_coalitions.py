"""Coalitions: the theory on games with known answers, then the economy's games, their sharing and their resuming."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import multipolar as mp
from multipolar.errors import InputError
from multipolar.strategy import _coalition as coalition_module
from multipolar.strategy import _cooperative as theory
from multipolar.strategy import coalition_game, sampled_contributions, share_burden
from tests.worlds import random_world

EMBARGO = mp.Measure(
    id="embargo",
    kind="trade-cost",
    senders=("C1",),
    targets=("C0",),
    magnitude=1.0,
    evidence="assumed",
    note="test",
)
games = st.integers(1, 6).flatmap(
    lambda m: st.lists(st.floats(-100, 100), min_size=2**m, max_size=2**m).map(np.array)
)


# Theory --------------------------------------------------------------------------------------------------


@given(games)
def test_the_shapley_value_divides_all_of_the_grand_coalitions_value(value):
    assert theory.shapley(value).sum() == pytest.approx(value[-1] - value[0], abs=1e-9)


@given(games, games)
def test_the_shapley_value_is_additive(a, b):
    if len(a) == len(b):
        both = theory.shapley(a + b)
        np.testing.assert_allclose(both, theory.shapley(a) + theory.shapley(b), atol=1e-9)


@given(games, st.integers(0, 5))
def test_a_dummy_gets_what_it_adds_and_nothing_changes_for_others(value, seed):
    m = len(value).bit_length() - 1
    with_dummy = np.concatenate([value, value + seed])
    found = theory.shapley(with_dummy)
    np.testing.assert_allclose(found[:m], theory.shapley(value), atol=1e-9)
    assert found[m] == pytest.approx(seed, abs=1e-9)


@given(games)
def test_a_game_and_its_dual_have_the_same_shapley_value(value):
    dual = value[-1] - value[::-1]  # what a coalition takes away by staying out
    np.testing.assert_allclose(theory.shapley(dual), theory.shapley(value), atol=1e-9)


def test_symmetric_players_share_equally_and_renaming_players_renames_their_values():
    size = theory.members_of(np.arange(16), 4).sum(1)
    np.testing.assert_allclose(theory.shapley(size**2.0), np.full(4, 4.0))
    rng, order = np.random.default_rng(0), np.array([2, 0, 3, 1])
    value = rng.normal(size=16)
    inside = theory.members_of(np.arange(16), 4)
    renamed = np.array([value[theory.coalition_number(order[np.flatnonzero(row)])] for row in inside])
    np.testing.assert_allclose(theory.shapley(renamed), theory.shapley(value)[order], atol=1e-12)


def test_the_glove_game_has_its_textbook_shapley_value():
    inside = theory.members_of(np.arange(8), 3)
    value = (inside[:, 0] & (inside[:, 1] | inside[:, 2])).astype(float)  # one left glove, two right ones
    np.testing.assert_allclose(theory.shapley(value), [2 / 3, 1 / 6, 1 / 6])


def test_all_orders_sampled_give_the_exact_value_and_few_orders_are_within_their_error():
    rng = np.random.default_rng(1)
    value = rng.normal(size=2**7).cumsum()
    exact = theory.shapley(value)
    found, error = theory.sampled_shapley(lambda c: value[c], theory.orders(7, 400, 0))
    assert (np.abs(found - exact) < 4 * error).all()
    assert found.sum() == pytest.approx(value[-1] - value[0])
    from itertools import permutations

    every = np.array([p for a in permutations(range(4)) for p in (a, a[::-1])])
    small = value[:16]
    np.testing.assert_allclose(
        theory.sampled_shapley(lambda c: small[c], every)[0], theory.shapley(small), atol=1e-12
    )


@pytest.mark.parametrize("players", [4, 6, 9])
def test_with_linear_benefits_and_quadratic_costs_no_more_than_three_hold_together(players):
    # Abatement with marginal benefit 1 and cost q**2 / 2: a coalition of s has each member do s, outsiders do 1
    # (Carraro and Siniscalco 1993; Barrett 1994): stable with 2 or 3 members, no others.
    inside = theory.members_of(np.arange(2**players), players)
    size = inside.sum(1)[:, None]
    total = np.where(size > 1, size**2 + players - size, players)
    own = np.where(inside & (size > 1), size, 1)
    _, stable = theory.stability(total - own**2 / 2.0)
    # One member does as well alone, so that nobody joins nobody by himself: the empty coalition holds too.
    assert set(size[stable].ravel()) == {0, 2, 3}


@pytest.mark.parametrize("players", [5, 8])
def test_a_price_leading_cartel_is_stable_at_one_size(players):
    # D'Aspremont and others (1983), linear demand d(p) = n (1 - p) and costs q**2 / 2, so that a fringe firm supplies
    # p. The cartel of k sets p on the demand the fringe leaves: each member's profit k-dependent, computed directly.
    def profits(k):
        n = players
        grid = np.linspace(0, 1, 200001)
        each = (n * (1 - grid) - (n - k) * grid) / k
        inside = grid * each - each**2 / 2
        at = int(inside.argmax())
        return inside[at], grid[at] ** 2 / 2

    competitive = 0.5**2 / 2  # everybody fringe: n (1 - p) = n p
    inside = theory.members_of(np.arange(2**players), players)
    payoff = np.array(
        [np.where(row, *profits(row.sum())) if row.any() else np.full(players, competitive) for row in inside]
    )
    _, stable = theory.stability(payoff)
    sizes = {
        k
        for k in range(players + 1)
        if (k == 0 or profits(k)[0] >= (profits(k - 1)[1] if k > 1 else competitive) - 1e-9)
        and (k == players or (profits(k)[1] if k else competitive) >= profits(k + 1)[0] - 1e-9)
    }
    assert set(inside.sum(1)[stable]) == sizes
    assert len(sizes) >= 1  # the theorem: a stable cartel always exists


# The economy's games -------------------------------------------------------------------------------------


def solved(world, players=("C1", "C2", "C3"), **more):
    return coalition_game(world, players, [EMBARGO], target="C0", closure="balanced", **more)


def test_each_coalition_is_the_measures_solved_one_at_a_time():
    world = random_world(3, 5, 2)
    game = solved(world)
    assert game.value[0] == 0 and (game.value[1:] > 0).all()
    for number, senders in ((1, ("C1",)), (6, ("C2", "C3"))):
        outcome = mp.solve(world, [EMBARGO.model_copy(update={"senders": senders})], closure="balanced")
        assert game.target_welfare[number] == pytest.approx(
            float(outcome.welfare.sel(country="C0")), abs=1e-9
        )
        own = [float(outcome.welfare.sel(country=c)) for c in game.players]
        np.testing.assert_allclose(game.welfare[number], own, atol=1e-9)
    table = game.contributions()
    assert table.contribution.sum() == pytest.approx(game.value[-1])
    assert table.share.sum() == pytest.approx(1)


def test_the_order_of_the_players_does_not_matter():
    world = random_world(4, 4, 2)
    one, other = solved(world), solved(world, ("C3", "C1", "C2"))
    first = one.contributions().set_index("player").contribution
    second = other.contributions().set_index("player").contribution
    np.testing.assert_allclose(second[first.index], first, rtol=1e-7)


def test_a_group_acts_as_one_player():
    world = random_world(5, 5, 2)
    game = solved(world, {"pair": ("C1", "C2"), "C3": "C3"})
    apart = solved(world)
    assert game.value[1] == pytest.approx(apart.value[3], rel=1e-9)
    assert game.value[3] == pytest.approx(apart.value[7], rel=1e-9)


def test_a_supporting_coalition_is_worth_the_targets_relief():
    world = random_world(6, 5, 2)
    help_ = EMBARGO.model_copy(update={"id": "help", "magnitude": -0.1})
    against = EMBARGO.model_copy(update={"senders": ("C4",)})
    game = solved(world, given=[against], purpose="support")
    assert game.value[-1] != 0
    game = coalition_game(
        world, ("C1", "C2"), [help_], target="C0", given=[against], purpose="support", closure="balanced"
    )
    relief = [
        mp.solve(world, measures, closure="balanced").welfare_usd.sel(country="C0").item()
        for measures in ([against], [against, help_.model_copy(update={"senders": ("C1", "C2")})])
    ]
    assert game.value[3] == pytest.approx(relief[1] - relief[0], rel=1e-6)
    assert game.value[3] > 0


def test_costly_sanctions_hold_only_with_a_political_weight_and_the_weight_to_hold_is_exact():
    game = solved(random_world(3, 5, 2))
    everybody = len(game.value) - 1
    needed = game.weight_to_hold(everybody)
    assert (needed.cost > 0).any()
    weight = needed.weight.max()
    assert not game.stability(weight * 0.99).internal.iloc[everybody]
    assert game.stability(weight * 1.01).internal.iloc[everybody]
    assert game.stability(weight * 1.01).stable.iloc[everybody]


def test_the_best_coalition_of_each_size_beats_every_other_of_its_size():
    game = solved(random_world(8, 5, 2), ("C1", "C2", "C3", "C4"))
    best = game.best_of_size()
    frame = game.stability()
    for row in best.itertuples():
        assert row.value == frame[frame["size"] == row.size].value.max()


def test_transfers_equalise_the_burden_and_sum_to_nothing():
    world = random_world(9, 5, 2)
    shared = share_burden(world, ("C1", "C2", "C3"), [EMBARGO], target="C0", closure="balanced")
    assert shared.spread <= 1e-9
    assert shared.table.transfer.sum() == pytest.approx(0, abs=1e-6 * shared.table.transfer.abs().max())
    worst = shared.table.before.idxmin()
    assert shared.table.transfer[worst] > 0
    # The same by a check of its own: paid as measures, members' welfare is equal.
    paid = {p: t for p, t in zip(shared.table.player, shared.table.transfer, strict=True)}
    giver = min(paid, key=lambda p: paid[p])
    gives = [
        mp.Measure(
            id=f"pay-{p}",
            kind="transfer",
            senders=(giver,),
            targets=(p,),
            magnitude=t,
            evidence="assumed",
            note="test",
        )
        for p, t in paid.items()
        if p != giver and t > 0
    ]
    others = [p for p, t in paid.items() if p != giver and t < 0]
    gives += [
        mp.Measure(
            id=f"take-{p}", kind="transfer", senders=(p,), targets=(giver,), magnitude=-paid[p], evidence="assumed", note="test",
        )
        for p in others
    ]  # fmt: skip
    outcome = mp.solve(
        world, [EMBARGO.model_copy(update={"senders": ("C1", "C2", "C3")}), *gives], closure="balanced"
    )
    assert np.ptp(outcome.welfare.sel(country=["C1", "C2", "C3"]).values) < 1e-8


def test_sampled_contributions_agree_with_exact_ones_within_their_error():
    world = random_world(3, 6, 2)
    players = ("C1", "C2", "C3", "C4", "C5")
    exact = solved(world, players).contributions()
    found = sampled_contributions(world, players, [EMBARGO], target="C0", pairs=6, closure="balanced")
    assert found.contribution.sum() == pytest.approx(exact.contribution.sum())
    assert (np.abs(found.contribution - exact.contribution) <= 5 * found.standard_error + 1e-9).all()


def test_a_run_cut_short_goes_on_where_it_stopped_and_gives_the_same(tmp_path, monkeypatch):
    world = random_world(3, 5, 2)
    whole, file = solved(world), tmp_path / "coalitions.npz"

    class Cut(Exception):
        pass

    def cut(done, total):
        if done == 3:
            raise Cut

    with pytest.raises(Cut):
        solved(world, checkpoint=file, progress=cut)
    counts = []
    real = coalition_module.Evaluator.solve_many
    monkeypatch.setattr(
        coalition_module.Evaluator,
        "solve_many",
        lambda self, cases: real(self, [counts.append(1) or c for c in cases]),
    )
    again = solved(world, checkpoint=file)
    assert len(counts) == 5
    np.testing.assert_array_equal(again.welfare, whole.welfare)
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(InputError, match="belongs to another game"):
        solved(world, ("C1", "C2"), checkpoint=file)
    file.write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a checkpoint"):
        solved(world, checkpoint=file)


@pytest.mark.parametrize(
    ("players", "target", "text"),
    [
        (("C1", "C0"), "C0", "both sides"),
        (("C1", "C2"), "D9", "unknown country 'D9'"),
        (("C1", "CX"), "C0", "CX"),
        ([f"C{i}" for i in range(1, 16)], "C0", "15 players; expected 1 to 14"),
    ],
)
def test_wrong_players_are_named(players, target, text):
    world = random_world(0, 16, 1)
    with pytest.raises(InputError, match=text):
        coalition_game(world, players, [EMBARGO], target=target)
