"""The economy and its satellite models together."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict

from multipolar._fit import held
from multipolar._joint import solve_jointly
from multipolar.economy import TOLERANCE, Shock, calibrate
from multipolar.errors import NotConvergedError, ScenarioError
from multipolar.outcome import Outcome
from multipolar.satellite import Adjustment
from multipolar.scenario import copy_scenario, load_scenario
from multipolar.scenario._schema import validated
from tests.worlds import random_world

WORLD = random_world(3)
ECONOMY = calibrate(WORLD)


class Strength(BaseModel):
    model_config = ConfigDict(frozen=True)
    feedback: float = 0.0


def congested(world, levers, outcome):
    """A made-up satellite: the cost of C1 -> C0 rises with what is shipped there, by `feedback` in logs."""
    shipped = 1.0
    if outcome is not None:
        flow = outcome.trade.sum("sector").sel(origin="C1", destination="C0")
        shipped = float(flow / outcome.trade_baseline.sum("sector").sel(origin="C1", destination="C0"))
    iceberg = np.ones((3, 3, 2, 1))
    iceberg[1, 0] = np.exp(0.1 + levers.feedback * shipped)
    return Adjustment(replace(Shock.none(3, 2), iceberg=iceberg), ("made up",), shipped)


@pytest.fixture
def congestion(monkeypatch):
    monkeypatch.setitem(sys.modules, "multipolar.congestion", SimpleNamespace(adjust=congested))  # type: ignore[arg-type]


def under(shock: Shock) -> Outcome:
    return Outcome(WORLD, held(WORLD, ECONOMY, [], None, shock)[0])


def test_the_joint_solution_is_one_in_which_both_agree(congestion):
    outcome, adjustments, gap = solve_jointly(WORLD, {"congestion": Strength(feedback=0.2)}, under)
    implied = congested(WORLD, Strength(feedback=0.2), outcome)
    np.testing.assert_allclose(outcome.equilibrium.shock.iceberg, implied.shock.iceberg, rtol=TOLERANCE)
    assert gap <= TOLERANCE
    assert 0 < adjustments["congestion"].results < 1


def test_a_satellite_that_never_settles_is_named(congestion):
    with pytest.raises(NotConvergedError, match="'congestion'"):
        solve_jointly(WORLD, {"congestion": Strength(feedback=3.0)}, under)


def scenario(**variant):
    document = load_scenario("russian-gas-to-europe").model_dump(mode="json", exclude_unset=True)
    first = next(iter(document["variants"]))
    document["variants"]["more"] = {"title": "More", "extends": first, **variant}
    document["variants"]["most"] = {"title": "Most", "extends": "more", "war": {"defence_spending": 12.0}}
    return validated(document, "test")


def test_levers_are_inherited_and_replaced_one_by_one():
    found = scenario(war={"aid_usa": 1.0, "defence_spending": 11.0})
    assert found.variant_levers("more")["war"].model_dump(exclude_unset=True) == {
        "aid_usa": 1.0,
        "defence_spending": 11.0,
    }
    assert found.variant_levers("most")["war"].model_dump(exclude_unset=True) == {
        "aid_usa": 1.0,
        "defence_spending": 12.0,
    }
    assert found.variant_levers(next(iter(found.variants))) == {}


@pytest.mark.parametrize(
    "levers, said",
    [
        ({"energy": {"shut": ["nord-straem-1"]}}, "Did you mean 'nord-stream-1'"),
        ({"energy": {"shutt": ["nord-stream-1"]}}, "shutt"),
        ({"war": {"aid_usa": -1}}, "aid_usa"),
    ],
)
def test_a_wrong_lever_is_explained(levers, said):
    with pytest.raises(ScenarioError) as error:
        scenario(**levers)
    assert said in str(error.value)
    assert "variants.more" in str(error.value)


def test_levers_can_be_set_from_the_command_line():
    found = scenario(war={"aid_usa": 1.0}).with_settings(["more.war.aid_usa=2", "more.energy.price_cap=50"])
    assert found.variant_levers("most")["war"].model_dump(exclude_unset=True) == {
        "aid_usa": 2.0,
        "defence_spending": 12.0,
    }
    assert found.variant_levers("more")["energy"].model_dump(exclude_unset=True) == {"price_cap": 50.0}
    with pytest.raises(ScenarioError, match="Did you mean 'aid_usa'"):
        found.with_settings(["more.war.aid_us=2"])


def test_a_copy_takes_levers_too(tmp_path):
    target = tmp_path / "mine.yaml"
    settings = [
        "power-of-siberia-2.energy.bargaining_power=0.3",
        "oil-stop.war.oil_price=70",
        "closure=balanced",
    ]
    copied = copy_scenario("beijing-2024", target, settings)
    again = load_scenario(target)
    assert again == copied and again.closure == "balanced"
    found = again.variant_levers("power-of-siberia-2")["energy"].model_dump(exclude_unset=True)
    assert found == {"open": ("power-of-siberia-2",), "bargaining_power": 0.3}
    assert again.variant_levers("oil-stop")["war"].model_dump(exclude_unset=True) == {"oil_price": 70}
