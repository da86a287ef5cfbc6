"""What a variant may do to the energy networks."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from multipolar.energy._data import table
from multipolar.errors import InputError, unknown

OIL_EMBARGO_2023 = ("EUR", "USA", "JPN", "KOR")


class Levers(BaseModel):
    """Changes to the networks of `year`; without any, the state of that year (2023 stands for May 2024).

    Routes and nodes are those of `energy.routes()` and `energy.nodes()`; fractions are changes at unchanged price
    (-0.1 is a tenth less). Raises `InputError` naming the nearest known route or node.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    year: Literal[2021, 2023] = Field(default=2023, description="The calibrated year the levers start from.")
    shut: tuple[str, ...] = Field(default=(), description="Pipelines that carry nothing.")
    open: tuple[str, ...] = Field(
        default=(), description="Pipelines at their full nameplate capacity, built if need be."
    )
    capacity: dict[str, float] = Field(
        default={}, description="Pipeline -> capacity, bcm (oil: million barrels a day)."
    )
    gas_demand: dict[str, float] = Field(default={}, description="Node -> change of gas demand, fraction.")
    gas_supply: dict[str, float] = Field(default={}, description="Node -> change of gas supply, fraction.")
    liquefaction: dict[str, float] = Field(default={}, description="Node -> LNG export capacity added, bcm.")
    regasification: dict[str, float] = Field(
        default={}, description="Node -> LNG import capacity added, bcm."
    )
    bargaining_power: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Russia's share of the joint gain of Power of Siberia 2, 0 to 1: its gas is then paid at that price; none "
        "given: at the network's price.",
    )
    lng_embargo: tuple[str, ...] = Field(default=(), description="Nodes that take no Russian LNG.")
    oil_demand: dict[str, float] = Field(default={}, description="Node -> change of crude demand, fraction.")
    oil_supply: dict[str, float] = Field(default={}, description="Node -> change of crude supply, fraction.")
    oil_embargo: tuple[str, ...] | None = Field(
        default=None, description="Nodes that take no Russian crude by sea; none given: as in the year."
    )
    price_cap: float | None = Field(
        default=None,
        gt=0,
        description="USD a barrel under which western services may carry Russian crude; infinite: no cap.",
    )
    shadow_fleet: float | None = Field(
        default=None,
        ge=0,
        description="Russian crude that can be shipped without western services, million barrels a day.",
    )
    shadow_cost: float | None = Field(default=None, ge=0, description="Its extra cost, USD a barrel.")

    @model_validator(mode="after")
    def _known(self) -> Levers:
        gas, oil = (list(table(f"{c}_nodes")["node"]) for c in ("gas", "oil"))
        pipes = list(routes())
        for field, given, valid in (
            ("shut", self.shut, pipes), ("open", self.open, pipes), ("capacity", self.capacity, pipes),
            ("gas_demand", self.gas_demand, gas), ("gas_supply", self.gas_supply, gas),
            ("liquefaction", self.liquefaction, gas), ("regasification", self.regasification, gas),
            ("lng_embargo", self.lng_embargo, gas), ("oil_demand", self.oil_demand, oil),
            ("oil_supply", self.oil_supply, oil), ("oil_embargo", self.oil_embargo or (), oil),
        ):  # fmt: skip
            what = "pipeline" if valid is pipes else "node"
            for name in given:
                if name not in valid:
                    raise InputError(f"energy levers, {field}: {unknown(what, name, valid)}")
        both = sorted(set(self.shut) & set(self.open))
        if both:
            raise InputError(f"energy levers: {both[0]} is both shut and open; choose one.")
        for field in ("capacity", "liquefaction", "regasification"):
            for name, value in getattr(self, field).items():
                _in(f"{field}.{name}", value, 0.0, 2000.0, "a quantity a year, zero or more")
        for field in ("gas_demand", "gas_supply", "oil_demand", "oil_supply"):
            for name, value in getattr(self, field).items():
                _in(f"{field}.{name}", value, -0.99, 5.0, "a fraction (write -10% as -0.1)")
        return self

    @property
    def default(self) -> Levers:
        """The state of the same year."""
        return Levers(year=self.year)

    def key(self) -> str:
        """The levers as text: equal levers, equal text."""
        return self.model_dump_json()


def routes() -> dict[str, str]:
    """Pipelines by name and title, gas then oil."""
    return {
        str(k): str(v) for c in ("gas", "oil") for k, v in zip(table(f"{c}_routes")["route"], table(f"{c}_routes")["title"], strict=True)
    }  # fmt: skip


def _in(where: str, value: Any, low: float, high: float, what: str) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise InputError(f"energy levers, {where} is {value!r}; expected {what}, {low:g} to {high:g}.")
