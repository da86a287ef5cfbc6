"""What a variant may change in the accounts; the defaults are the state of May 2024."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from multipolar.errors import InputError, unknown
from multipolar.war._inputs import central

# The input that each lever replaces.
LEVER_OF = {
    "oil_price": "brent",
    "urals_discount": "urals_discount",
    "price_cap": "price_cap",
    "crude_volume": "crude_volume",
    "product_volume": "product_volume",
    "gas_europe": "gas_europe_volume",
    "gas_china": "gas_china_volume",
    "lng_volume": "lng_volume",
    "exchange_rate": "exchange_rate",
    "defence_spending": "defence_spending",
}


def usual_aid(donor: str) -> float:
    """Aid a year in billion USD: what the donor allocated, spread evenly over the months counted."""
    return central(f"aid_{donor}_allocated") * 12 / central("aid_months") * central("eur_usd")


def _from(key: str) -> Any:
    return lambda: central(key)


class Levers(BaseModel):
    """The war's levers. Money and volumes are per year; without arguments nothing changes.

    - `oil_price` USD/bbl of Brent; `urals_discount` USD/bbl under it
    - `price_cap` USD/bbl and `cap_enforcement`, the part (0 to 1) of the exports carried by coalition services that
      really sell at the cap; 0 is the state of May 2024, whose prices already hold what the cap then did
    - `crude_volume`, `product_volume` million bbl/day; `gas_europe`, `gas_china` bcm; `lng_volume` Mt
    - `exchange_rate` RUB/USD; `defence_spending` trillion RUB, the budget's chapter
    - `aid_usa`, `aid_europe` billion USD to Ukraine; `aid_usa_delay`, `aid_europe_delay` months of the year (0 to
      12) in which none arrives
    - `diversion` 0 to 1: with an outcome, the part counted of what other buyers take more (`effects_of`)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    oil_price: float = Field(default_factory=_from("brent"), gt=0, le=500)
    urals_discount: float = Field(default_factory=_from("urals_discount"), ge=0, le=200)
    price_cap: float = Field(default_factory=_from("price_cap"), gt=0, le=500)
    cap_enforcement: float = Field(default=0.0, ge=0, le=1)
    crude_volume: float = Field(default_factory=_from("crude_volume"), ge=0, le=15)
    product_volume: float = Field(default_factory=_from("product_volume"), ge=0, le=15)
    gas_europe: float = Field(default_factory=_from("gas_europe_volume"), ge=0, le=400)
    gas_china: float = Field(default_factory=_from("gas_china_volume"), ge=0, le=400)
    lng_volume: float = Field(default_factory=_from("lng_volume"), ge=0, le=300)
    exchange_rate: float = Field(default_factory=_from("exchange_rate"), gt=0, le=1000)
    defence_spending: float = Field(default_factory=_from("defence_spending"), gt=0, le=100)
    aid_usa: float = Field(default_factory=lambda: usual_aid("usa"), ge=0, le=1000)
    aid_europe: float = Field(default_factory=lambda: usual_aid("europe"), ge=0, le=1000)
    aid_usa_delay: float = Field(default=0.0, ge=0, le=12)
    aid_europe_delay: float = Field(default=0.0, ge=0, le=12)
    diversion: float = Field(default=1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _a_price_is_left(self) -> Levers:
        if self.urals_discount >= self.oil_price:
            raise ValueError(
                f"urals_discount {self.urals_discount:g} must be below oil_price {self.oil_price:g} (USD/bbl)"
            )
        return self

    def overrides(self) -> dict[str, float]:
        """Input key to the value the lever sets, for the levers that replace an input."""
        return {key: getattr(self, lever) for lever, key in LEVER_OF.items()}


VARIANTS: Mapping[str, tuple[str, dict[str, float]]] = {
    "may-2024": ("As in May 2024", {}),
    "cap-enforced": ("Price cap of 60 held on coalition ships", {"cap_enforcement": 1.0}),
    "cap-30": ("Price cap of 30 held on coalition ships", {"price_cap": 30.0, "cap_enforcement": 1.0}),
    "discount-doubled": ("Discount of Urals doubled", {"urals_discount": 30.0}),
    "oil-60": ("Brent at 60 dollars", {"oil_price": 60.0}),
    "no-gas-to-europe": ("Europe buys no pipeline gas", {"gas_europe": 0.0}),
    "power-of-siberia-2": ("50 bcm more gas to China a year", {"gas_china": 80.0}),
    "oil-exports-cut": ("A quarter less oil exported", {"crude_volume": 3.75, "product_volume": 1.725}),
    "defence-up": ("Defence spending a fifth higher", {"defence_spending": 12.936}),
    "us-aid-delayed": ("American aid six months late", {"aid_usa_delay": 6.0}),
}


def levers_from(given: Mapping[str, Any]) -> Levers:
    """Levers by name, from a file or a command line. Raises `InputError` naming lever, value and what is allowed."""
    for name in given:
        if name not in Levers.model_fields:
            raise InputError(unknown("lever of the war", name, Levers.model_fields))
    try:
        return Levers.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        where = first["loc"][0] if first["loc"] else "levers"
        raise InputError(f"war lever {where}: {first['msg']}, got {first.get('input')!r}.") from None
