"""What the energy networks hand to the economy, and the command line over them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import multipolar as mp
from multipolar import energy
from multipolar.economy import Shock, calibrate, solve
from multipolar.energy import Levers, adjust
from multipolar.errors import InputError, WorldError
from multipolar.outcome import Outcome
from tests.test_cli import multipolar
from tests.worlds import random_world

WORLD = mp.load_world("wiod-2011")
ECONOMY = calibrate(WORLD)
EUROPE_LOSES = Levers(shut=("ukraine-transit", "turkstream-europe"))
PIPE = Levers(open=("power-of-siberia-2",))


def outcome(shock: Shock) -> Outcome:
    return Outcome(WORLD, solve(ECONOMY, shock))


def arrays(shock: Shock) -> list[np.ndarray]:
    names = ("importer_wedge", "exporter_wedge", "iceberg", "productivity", "transfer")
    return [np.asarray(getattr(shock, name)) for name in names]


@pytest.mark.parametrize("levers", [Levers(), Levers(year=2021)])
def test_default_levers_are_exactly_no_shock(levers):
    none = Shock.none(len(WORLD.countries), len(WORLD.sectors))
    for given, expected in zip(arrays(adjust(WORLD, levers).shock), arrays(none), strict=True):
        np.testing.assert_array_equal(np.broadcast_to(given, expected.shape), expected)


@pytest.mark.parametrize("levers", [EUROPE_LOSES, PIPE, Levers(price_cap=45.0)])
def test_countries_gain_in_the_economy_about_what_the_networks_say(levers):
    found = adjust(WORLD, levers)
    channels = found.results.channels
    real = outcome(found.shock).real_income.values * ECONOMY.expenditure * float(ECONOMY.money)
    for country in ("RUS", "CHN", "RoW"):
        i = WORLD.countries.index(country)
        assert np.sign(real[i]) == np.sign(channels["surplus"].iloc[i])
        assert abs(real[i] - channels["surplus"].iloc[i]) < 0.6 * abs(channels["surplus"].iloc[i]) + 300
    scale = channels["surplus"].abs().sum()
    assert abs(real.sum() - channels["surplus"].sum()) < 0.05 * scale


def test_terms_of_trade_are_paid_by_somebody_and_the_parts_make_up_the_surplus():
    found = adjust(WORLD, EUROPE_LOSES).results
    assert abs(found.channels["terms_of_trade"].sum()) < 1e-6 * found.channels["surplus"].abs().sum()
    np.testing.assert_allclose(
        found.channels["terms_of_trade"] + found.channels["rest"], found.channels["surplus"], rtol=1e-9
    )
    scale = WORLD.gdp_values.sum() / 105e6
    for before, after in ((found.gas_before, found.gas), (found.oil_before, found.oil)):
        assert set(before.surplus.index) == set(after.surplus.index)
    networks = sum(
        (after.surplus["total"] - before.surplus["total"]).sum()
        for before, after in ((found.gas_before, found.gas), (found.oil_before, found.oil))
    )
    assert found.channels["surplus"].sum() == pytest.approx(scale * networks)


def test_trade_moves_as_in_the_networks():
    stopped = outcome(adjust(WORLD, EUROPE_LOSES).shock)
    built = outcome(adjust(WORLD, PIPE).shock)

    def mining(o, origin, destination):
        return float((o.trade / o.trade_baseline).sel(origin=origin, destination=destination, sector="c2"))

    assert mining(stopped, "RUS", "DEU") < 1 < mining(built, "RUS", "CHN")
    assert mining(stopped, "RoW", "DEU") > mining(stopped, "RUS", "DEU")
    assert (stopped.trade.sel(sector="c5") / stopped.trade_baseline.sel(sector="c5")).std() < 0.01


def test_the_response_to_an_outcome_is_smooth_and_defaults_stay_no_shock_under_it():
    rounds = [outcome(adjust(WORLD, EUROPE_LOSES).shock), outcome(adjust(WORLD, PIPE).shock)]
    for given in rounds:
        none = arrays(adjust(WORLD, Levers(), given).shock)
        assert all((part == (0 if i == 4 else 1)).all() for i, part in enumerate(none))
    first, second = (adjust(WORLD, EUROPE_LOSES, o).shock for o in (None, rounds[0]))
    moved = max(np.abs(a - b).max() for a, b in zip(arrays(first), arrays(second), strict=True))
    assert 0 < moved < 1e-3


def test_a_merged_world_takes_the_same_shock_and_one_without_mining_is_refused():
    members = [c for c in energy._data.countries("gas")["EUR"] if c in WORLD.countries]
    merged = WORLD.aggregate(countries={"EU": members})
    whole, parts = (adjust(w, EUROPE_LOSES).results.channels["surplus"] for w in (merged, WORLD))
    assert whole["RUS"] == pytest.approx(parts["RUS"])
    assert whole["EU"] == pytest.approx(parts[members].sum(), rel=0.02)
    with pytest.raises(WorldError, match="no mining sector"):
        adjust(random_world(1), PIPE)


def test_levers_too_large_for_the_table_are_refused():
    with pytest.raises(InputError, match="too large for this table"):
        adjust(WORLD, Levers(gas_supply={"RUS": -0.9}, oil_supply={"RUS": -0.95, "GULF": -0.9}))


def test_the_command_line_prints_and_writes_what_the_library_says(tmp_path):
    done = multipolar("energy", "gas", "--open", "power-of-siberia-2", "--json", "--out", str(tmp_path / "o"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    prices = {row["node"]: row["price"] for row in found["prices"]}
    assert prices["CHN"] == pytest.approx(energy.gas(PIPE).prices["CHN"])
    assert max(found["certificate"].values()) <= 1e-9
    assert (tmp_path / "o" / "flows.csv").is_file()
    shown = multipolar("energy", "oil", "--cap", "50")
    assert "certified" in shown.stdout and max(map(len, shown.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("gas", "--shut", "power-of-siberia-3"), "Did you mean 'power-of-siberia"),
        (("gas", "--demand", "EUR=much"), "expected NAME=NUMBER"),
        (("oil", "--cap", "cheap"), "expected USD a barrel"),
        (("bargain", "--power", "2"), "0 to 1"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(words, message):
    done = multipolar("energy", *words)
    assert done.returncode == 2 and message in " ".join(done.stderr.split())


def test_the_bargained_price_moves_money_between_the_two_and_nothing_else():
    plain = adjust(WORLD, PIPE).shock
    for power, sign in ((0.0, -1), (1.0, 1)):
        found = adjust(WORLD, PIPE.model_copy(update={"bargaining_power": power})).shock
        np.testing.assert_array_equal(found.exporter_wedge, plain.exporter_wedge)
        moved = dict(zip(WORLD.countries, map(float, np.asarray(found.transfer)), strict=True))
        russia, china = moved.pop("RUS"), moved.pop("CHN")
        assert sign * russia > 0 and china == pytest.approx(-russia)
        assert not any(moved.values())
    with pytest.raises(InputError, match="add 'power-of-siberia-2' to open"):
        adjust(WORLD, Levers(shut=("turkstream-europe",), bargaining_power=0.5))
