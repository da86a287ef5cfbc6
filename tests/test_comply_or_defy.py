"""Secondary sanctions: subgame perfection against backward induction, and the games of the economy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import multipolar as mp
from multipolar.errors import InputError
from multipolar.strategy import (
    REGIMES,
    PoliticalWeights,
    Threat,
    Weight,
    comply_or_defy,
    play,
    regimes_by_elasticity,
    regimes_by_size,
    regimes_by_weights,
)
from multipolar.strategy._evaluate import Evaluator
from tests.worlds import random_world

# Eighths add and multiply exactly, so that ties are ties.
money = st.integers(-80, 80).map(lambda x: x / 8)


def backward_induction(complied, punished, weights):
    """By hand, from the last move to the first; at ties as `play` says, the best for the sender, then the third."""
    d, r, k = weights.damage.value, weights.relation.value, weights.credibility.value

    def worth(w):
        return (w[0] - d * w[2], w[1] + r * w[2])

    comply, carry, back = worth(complied), worth(punished), (-k, 0.0)
    found = []
    for credible, complies, threatens in product((True, False), repeat=3):
        last = carry if credible else back
        if last[0] < max(carry[0], back[0]):
            continue
        middle = comply if complies else last
        if middle[1] < max(comply[1], last[1]):
            continue
        first = middle if threatens else (0.0, 0.0)
        if first[0] < max(middle[0], 0.0):
            continue
        found.append((first, (threatens, complies, credible)))
    return found


def weights(damage=0.0, relation=0.0, credibility=0.0):
    return PoliticalWeights(*(Weight(x, "test") for x in (damage, relation, credibility)))


@settings(deadline=None)
@given(st.tuples(money, money, money), st.tuples(money, money, money), st.tuples(money, money, money))
def test_the_solution_is_that_of_backward_induction(complied, punished, w):
    given_weights = weights(*w)
    found = play(np.array(complied), np.array(punished), given_weights)
    by_hand = backward_induction(complied, punished, given_weights)
    moves = (found.threatens, found.would_comply, found.credible)
    assert moves in [m for _, m in by_hand]
    assert (found.sender_payoff, found.third_payoff) == max(p for p, _ in by_hand)


@pytest.mark.parametrize(
    ("complied", "punished", "w", "regime"),
    [
        # welfare of sender, third, target against the status quo
        ((-1, -2, -10), (-3, -5, 0), weights(1, 0, 4), "complies"),
        ((-1, -2, -10), (-3, -5, 0), weights(1, 0, 2), "backs down"),
        ((-1, -2, -10), (-3, -5, 0), weights(1, 1, 4), "defies"),
        ((-1, -2, -10), (-3, -5, 0), weights(0, 0, 4), "not worth it"),
        ((-1, -9, -10), (2, -5, 0), weights(1, 0, 0), "punished"),
    ],
)
def test_every_regime_occurs_where_it_should(complied, punished, w, regime):
    assert play(np.array(complied, float), np.array(punished, float), w).regime == regime


def test_an_empty_threat_moves_nobody_although_it_is_a_nash_equilibrium_to_yield():
    # Yielding is best against "carry out", which is never reached; it is not best where it would be carried out.
    found = play(np.array([5.0, -1.0, 0.0]), np.array([-1.0, -9.0, 0.0]), weights())
    assert not found.credible and not found.would_comply and not found.threatens


# The economy's games -------------------------------------------------------------------------------------


def measure(id, kind="payment-friction", senders=("C0",), targets=("C1",), magnitude=0.05, **more):
    return mp.Measure(
        id=id,
        kind=kind,
        senders=senders,
        targets=targets,
        magnitude=magnitude,
        evidence="assumed",
        note="test",
        **more,
    )


BASE = measure("sanctions", "trade-cost", ("C0",), ("C2",), 0.5)
YIELD = measure("controls", "trade-cost", ("C1",), ("C2",), 0.3)
PENALTY = measure("secondary")
THREAT = Threat(("C0",), "C1", "C2", (BASE,), (BASE, YIELD), (BASE,), (PENALTY,))
WORLD = random_world(3, 4, 2)


def test_payoffs_are_welfare_against_the_status_quo_at_each_end_of_the_game():
    game = comply_or_defy(WORLD, THREAT, sizes=[0.5, 1.0])
    ends = {
        name: mp.solve(WORLD, measures).welfare_usd.sel(country=["C0", "C1", "C2"]).values
        for name, measures in {
            "status quo": [BASE], "complied": [BASE, YIELD],
            "punished": [BASE, PENALTY.model_copy(update={"magnitude": 0.025})],
        }.items()
    }  # fmt: skip
    scale = game.consumption.max()
    np.testing.assert_allclose(game.complied, ends["complied"] - ends["status quo"], atol=1e-9 * scale)
    np.testing.assert_allclose(game.punished[0], ends["punished"] - ends["status quo"], atol=1e-9 * scale)
    assert game.residual <= 1e-9


@pytest.mark.parametrize("kind", ["quota", "local-content"])
def test_limits_bind_in_a_game_as_they_do_alone(kind):
    limit = measure("limit", kind, magnitude=0.6)
    evaluator = Evaluator.of(WORLD)
    (found,) = evaluator.solve_many([[limit]])
    alone = mp.solve(WORLD, [limit])
    assert evaluator.welfare(found) == pytest.approx(alone.welfare.values, abs=1e-8)
    assert float(alone.welfare.sel(country="C1")) < -1e-6


def test_the_smallest_threat_works_and_a_smaller_one_does_not():
    free = comply_or_defy(WORLD, THREAT)
    # A sender that must not be seen to back down makes every threat credible; compliance decides.
    firm = weights(damage=10, credibility=1e12)
    sizes = (0.05, 0.5, 2.0, 6.0, 12.0)
    game = comply_or_defy(WORLD, THREAT, firm, sizes=sizes)
    assert game.smallest_threat is not None
    for factor, works in ((1.005, True), (0.995, False)):
        at = comply_or_defy(WORLD, THREAT, firm, sizes=[game.smallest_threat * factor]).plays()[0]
        assert (at.credible and at.would_comply) is works
    assert free.working == () and free.smallest_threat is None
    # With a cost of backing down that is just enough at size 2, larger threats are empty.
    limit = float(game.breakeven().credibility[2])
    bounded = comply_or_defy(WORLD, THREAT, weights(damage=10, credibility=limit), sizes=sizes)
    assert bounded.working == (pytest.approx((game.smallest_threat, 2.0), rel=2e-3),)


def test_breakeven_weights_are_where_the_answer_turns():
    game = comply_or_defy(WORLD, THREAT, weights(credibility=1e12), sizes=[4.0])
    row = game.breakeven().iloc[0]
    for factor, credible in ((1.001, True), (0.999, False)):
        w = weights(credibility=row.credibility * factor)
        assert game.plays(w)[0].credible is credible
    assert np.isfinite(row.relation) and row.relation > 0
    for factor, complies in ((0.999, True), (1.001, False)):
        w = weights(relation=row.relation * factor, credibility=1e12)
        assert game.plays(w)[0].would_comply is complies


def test_maps_hold_the_regimes_of_the_games_they_are_made_of():
    game = comply_or_defy(WORLD, THREAT, weights(damage=5, credibility=1e12), sizes=[1.0, 4.0])
    values = [0.0, 1.0, 50.0]
    found = regimes_by_size(game, "relation", values)
    for i, v in enumerate(values):
        plays = game.plays(game.weights.moved("relation", v))
        assert [REGIMES[k] for k in found.regime[:, i]] == [p.regime for p in plays]
    two = regimes_by_weights(game, "relation", values, "credibility", [0.0, 1e12], size=4.0)
    np.testing.assert_array_equal(two.regime[1], found.regime[1])
    assert len(two.to_frame()) == 6
    moved = regimes_by_elasticity(
        WORLD, THREAT, game.weights, "relation", values, size=4.0, elasticities=[1.0, 2.0]
    )
    np.testing.assert_array_equal(moved.regime[0], found.regime[1])
    with pytest.raises(InputError, match="'relaton'"):
        regimes_by_size(game, "relaton", values)


def test_a_threat_from_variants_takes_what_punishment_adds_as_the_penalty():
    variants = {"now": [BASE], "yields": [BASE, YIELD], "hit": [BASE, PENALTY]}
    found = Threat.from_variants(
        variants, third="C1", target="C2", status_quo="now", complied="yields", punished="hit"
    )
    assert found == THREAT
    other = Threat.from_variants(
        variants,
        third="C3",
        target="C2",
        status_quo="now",
        complied="yields",
        punished="hit",
        stands_for="C1",
    )
    assert [m.targets for m in other.penalty] == [("C3",)]
    assert [m.senders for m in other.complied] == [("C0",), ("C3",)]
    with pytest.raises(InputError, match="unknown variant 'hot'"):
        Threat.from_variants(
            variants, third="C1", target="C2", status_quo="now", complied="yields", punished="hot"
        )
    with pytest.raises(InputError, match="no penalty"):
        Threat.from_variants(
            variants, third="C1", target="C2", status_quo="now", complied="yields", punished="now"
        )


def test_neither_a_ban_nor_a_limit_can_be_a_penalty_and_magnitudes_stay_in_range():
    ban = mp.Measure(
        id="b", kind="embargo", senders=("C0",), targets=("C1",), evidence="assumed", note="test"
    )
    limits = [measure(kind, kind, magnitude=0.6) for kind in ("quota", "local-content")]
    for penalty in (ban, *limits):
        with pytest.raises(InputError, match=f"{penalty.kind} has no size"):
            Threat(("C0",), "C1", "C2", (), (YIELD,), (), (penalty,))
    with pytest.raises(InputError, match="beyond"):
        comply_or_defy(WORLD, THREAT, sizes=[20.0])
    with pytest.raises(InputError, match="each larger"):
        comply_or_defy(WORLD, THREAT, sizes=[1.0, 1.0])
    with pytest.raises(InputError, match="note"):
        Weight(1.0, "")
