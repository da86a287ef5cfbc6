"""Agreement of votes: identities, an independent count, chance correction, the spectral point, bad input."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from multipolar import alignment
from multipolar.errors import InputError

VOTES = arrays(np.float64, (4, 12), elements=st.sampled_from([1.0, 0.0, -1.0, np.nan]))


@settings(max_examples=80, deadline=None)
@given(VOTES)
def test_scores_are_those_counted_vote_by_vote(votes):
    found = alignment.scores(votes)
    for i in range(4):
        for j in range(4):
            pairs = [(x, y) for x, y in zip(votes[i], votes[j], strict=True) if np.isfinite([x, y]).all()]
            assert found.together[i, j] == len(pairs)
            assert found.gap[i, j] == sum(abs(x - y) for x, y in pairs)
            observed = np.mean([abs(x - y) / 2 for x, y in pairs]) if pairs else np.nan
            expected = np.mean([abs(x - y) / 2 for x, _ in pairs for _, y in pairs]) if pairs else 0
            if expected > 0:
                assert found.kappa[i, j] == pytest.approx(1 - observed / expected)
            else:
                assert np.isnan(found.kappa[i, j])


def test_two_who_vote_independently_have_no_agreement_beyond_chance():
    rng = np.random.default_rng(0)
    votes = rng.choice([1.0, 0.0, -1.0], size=(2, 20_000), p=[0.7, 0.2, 0.1])
    found = alignment.scores(votes)
    assert abs(found.kappa[0, 1]) < 0.03
    assert 1 - found.gap[0, 1] / 2 / found.together[0, 1] > 0.7  # S alone would call them close


def test_always_alike_is_one_and_always_opposed_is_minus_one():
    votes = np.array([[1.0, -1.0, 1.0, -1.0], [1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0]])
    assert alignment.scores(votes).kappa[0, 1] == 1 and alignment.scores(votes).kappa[0, 2] == -1


@pytest.mark.parametrize("year", alignment.years())
def test_shipped_scores_are_symmetric_and_bounded(year):
    score, kappa = alignment.agreement(year).values, alignment.chance_corrected(year).values
    assert np.array_equal(score, score.T, equal_nan=True) and np.array_equal(kappa, kappa.T, equal_nan=True)
    voted = np.diag(alignment.together(year).values) > 0
    assert (np.diag(score)[voted] == 1).all()
    assert np.nanmin(score) >= 0 and np.nanmax(score) <= 1 and np.nanmax(kappa) <= 1


def test_the_years_end_in_2019():
    assert alignment.years() == tuple(range(2012, 2020))
    with pytest.raises(InputError, match="end in 2019"):
        alignment.distance("USA", "RUS", 2022)
    with pytest.raises(InputError, match="known are 2012 to 2019"):
        alignment.agreement(1990)


def test_friends_are_nearer_than_rivals_by_every_measure():
    for measure in alignment.MEASURES:
        for near, far in (
            (("DEU", "FRA"), ("DEU", "CHN")),
            (("RUS", "CHN"), ("RUS", "USA")),
            (("USA", "GBR"), ("USA", "CHN")),
        ):
            assert alignment.distance(*near, 2019, measure) < alignment.distance(*far, 2019, measure)


@pytest.mark.parametrize("measure", alignment.MEASURES)
def test_distances_are_the_distance_of_each_pair(measure):
    names = ["USA", "RUS", "CHN", "RoW"]
    found = alignment.distances(names, 2018, measure)
    assert np.isnan(found.sel(country="RoW").values).all()
    for a in names[:3]:
        assert found.sel(country=a, other=a) == 0 == alignment.distance(a, a, 2018, measure)
        for b in names[:3]:
            assert float(found.sel(country=a, other=b)) == pytest.approx(
                alignment.distance(a, b, 2018, measure)
            )
            assert alignment.distance(a, b, 2018, measure) == alignment.distance(b, a, 2018, measure)


def test_the_ideal_point_satisfies_its_equation_and_is_standardised():
    found = alignment.ideal_points(2019)
    names = list(found.points.index)
    assert found.residual < 1e-9 and 0 < found.gap < 1 and 0 < found.share < 1
    assert found.points.mean() == pytest.approx(0, abs=1e-12) and found.points.std(ddof=0) == pytest.approx(1)
    assert found.points["USA"] > 1 > found.points["RUS"] > found.points["IRN"]
    matrix = alignment.agreement(2019).sel(state=names, other=names).values
    power = np.ones(len(names)) + np.linspace(0, 1, len(names))  # power iteration, from another start
    for _ in range(200):
        power = power - power.mean()
        power = matrix @ power
        power = power - power.mean()
        power /= np.linalg.norm(power)
    assert abs(np.corrcoef(power, found.points)[0, 1]) == pytest.approx(1, abs=1e-9)


def test_the_first_coordinate_of_states_on_a_line_is_their_order():
    """Voting by a cutting point on a line: agreement falls with distance, so the point keeps the order."""
    rng = np.random.default_rng(1)
    place = np.sort(rng.normal(size=30))
    votes = np.where(place[:, None] > rng.normal(size=4000), 1.0, -1.0)
    found = alignment.scores(votes)
    score = 1 - found.gap / (2 * found.together)
    centred = score - score.mean(0) - score.mean(1)[:, None] + score.mean()
    first = np.linalg.eigh(centred)[1][:, -1]
    order = np.argsort(first) if first[-1] > first[0] else np.argsort(-first)
    assert np.abs(order - np.arange(30)).max() <= 2


def test_wrong_names_are_named_with_the_nearest():
    with pytest.raises(InputError, match="'RUS'"):
        alignment.distance("USA", "RUSS", 2019)
    with pytest.raises(InputError, match="agreement"):
        alignment.distance("USA", "RUS", 2019, "agreemnt")
    with pytest.raises(InputError, match="measure of distance"):
        alignment.distances(["USA"], 2019, "x")
    with pytest.raises(InputError, match="2019"):
        alignment.distance("USA", "SSD", 2019, "ideal-point")


def test_the_command_prints_distances_and_says_where_the_votes_end():
    command = [sys.executable, "-m", "multipolar", "alignment", "USA", "CHN", "RUS"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "end in 2019" in shown.stdout
    found = json.loads(
        subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout
    )
    assert found["distance"]["USA"]["CHN"] == alignment.distance("USA", "CHN", 2019)
