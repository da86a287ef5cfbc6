"""The levers of settlement, and what they do to the cost of each currency on each corridor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from multipolar.errors import InputError, listed, unknown
from multipolar.settlement._calibrate import Baseline
from multipolar.settlement._data import CURRENCIES, NETWORK, home_currency, parameter


def _positive(value: float) -> float:
    if not 0 < value < np.inf:
        raise ValueError(f"expected a positive number, got {value!r}")
    return value


Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Cost = Annotated[float, Field(ge=0)]
Positive = Annotated[float, AfterValidator(_positive)]


class Levers(BaseModel):
    """What a variant does to settlement. The defaults do nothing. Costs are fractions of the value paid.

    Countries are codes of the world; corridors are written `RUS-CHN` and mean both directions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dollar_clearing_cut: tuple[str, ...] = Field(
        default=(), description="Countries whose banks lose dollar clearing."
    )
    euro_clearing_cut: tuple[str, ...] = Field(
        default=(), description="Countries whose banks lose euro clearing."
    )
    cut_cost_receiving: Cost = Field(
        default_factory=lambda: parameter("cut_cost"),
        description="What a cut country's exporters lose on what they receive in the currency; inf closes it.",
    )
    cut_cost_paying: Cost = Field(
        default_factory=lambda: parameter("cut_cost"),
        description="What a cut country's importers lose on what they pay in the currency; inf closes it.",
    )
    local_settlement: tuple[str, ...] = Field(
        default=(), description="Corridors that settle only in a currency one of the two parties issues."
    )
    secondary_risk: Fraction = Field(
        default=0.0,
        description="Expected cost to a foreign bank of serving `secondary_on`, as a fraction of the payment.",
    )
    secondary_on: tuple[str, ...] = Field(
        default=("RUS",), description="Countries whose payments carry the secondary risk."
    )
    own_currency_exposure: Fraction = Field(
        default_factory=lambda: parameter("own_currency_exposure"),
        description="Part of the secondary risk that falls on payments in the target's own currency.",
    )
    transaction_cost: dict[str, float] = Field(
        default={},
        description="Currency, or CUR@COUNTRY for one country's payments -> change of its transaction cost.",
    )
    volatility: dict[str, float] = Field(
        default={}, description="The same, change of annual volatility; costs `hedging_cost` times it."
    )
    added_depth: dict[str, float] = Field(
        default={},
        description="Currency -> depth added from outside trade (swap lines, clearing), as a share of world trade.",
    )
    hedging_cost: float = Field(
        default_factory=lambda: parameter("hedging_cost"),
        ge=0,
        description="Cost of a unit of annual volatility.",
    )
    dispersion: Positive = Field(
        default_factory=lambda: parameter("dispersion"),
        description="mu: dispersion of tastes, fraction of value.",
    )
    network_strength: float = Field(
        default_factory=lambda: parameter("network_strength"), ge=0, le=20, description="k = lambda / mu."
    )
    finance_weight: Positive = Field(
        default_factory=lambda: parameter("finance_weight"),
        description="Depth that finance brings, over trade's, for all currencies together.",
    )
    local_weight: Fraction = Field(
        default_factory=lambda: parameter("local_weight"),
        description="Weight of the two parties' own currency markets against the world's in liquidity.",
    )

    @field_validator(
        "dollar_clearing_cut", "euro_clearing_cut", "local_settlement", "secondary_on", mode="before"
    )
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("transaction_cost", "volatility", "added_depth")
    @classmethod
    def _known_currency(cls, value: dict[str, float]) -> dict[str, float]:
        for key, size in value.items():
            currency = key.partition("@")[0]
            if currency not in CURRENCIES:
                raise ValueError(unknown("currency", currency, CURRENCIES))
            if not np.isfinite(size):
                raise ValueError(f"{key}: expected a finite number, got {size!r}")
        return value

    @field_validator("added_depth")
    @classmethod
    def _a_network(cls, value: dict[str, float]) -> dict[str, float]:
        for currency, size in value.items():
            if currency not in NETWORK or size < 0:
                raise ValueError(
                    f"added_depth of {currency} is {size:g}; it is 0 or more, for {listed(NETWORK)}"
                )
        return value

    @property
    def idle(self) -> bool:
        """Whether they do nothing, whatever the parameters of the model are set to."""
        cut = self.dollar_clearing_cut or self.euro_clearing_cut
        return not (
            (cut and (self.cut_cost_receiving or self.cut_cost_paying))
            or self.local_settlement
            or (self.secondary_risk and self.secondary_on)
            or any(self.transaction_cost.values())
            or any(self.added_depth.values())
            or (self.hedging_cost and any(self.volatility.values()))
        )


def levers_from(given: Mapping[str, object]) -> Levers:
    """Levers by name. Raises `InputError` naming the field, the value and the nearest valid choice."""
    for name in given:
        if name not in Levers.model_fields:
            raise InputError(f"settlement levers: {unknown('lever', name, Levers.model_fields)}")
    try:
        return Levers.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        told = first["msg"].removeprefix("Value error, ")
        raise InputError(f"settlement levers, {place}: {told} (given {first['input']!r}).") from error


def costs(levers: Levers, base: Baseline) -> np.ndarray:
    """Cost added `[origin, destination, currency]`, a fraction of the payment; `inf` closes a currency.

    Where both parties are cut from clearing a currency, both costs are paid.
    Raises `InputError` for an unknown country, or a corridor left without any currency."""
    at = {c: i for i, c in enumerate(base.countries)}

    def places(field: str, countries: tuple[str, ...]) -> list[int]:
        for country in countries:
            if country not in at:
                raise InputError(f"settlement levers, {field}: {unknown('country', country, base.countries)}")
        return [at[c] for c in countries]

    n = len(base.countries)
    cost = np.zeros((n, n, len(CURRENCIES)))
    for field, currency in (("dollar_clearing_cut", "USD"), ("euro_clearing_cut", "EUR")):
        c = CURRENCIES.index(currency)
        for i in places(field, getattr(levers, field)):
            cost[i, :, c] += levers.cut_cost_receiving
            cost[:, i, c] += levers.cut_cost_paying
    for i in places("secondary_on", levers.secondary_on) if levers.secondary_risk else []:
        risk = np.full(len(CURRENCIES), levers.secondary_risk)
        risk[CURRENCIES.index(home_currency(base.countries[i]))] *= levers.own_currency_exposure
        cost[i] += risk
        cost[:, i] += risk
    moved = [(key, size) for key, size in levers.transaction_cost.items()]
    moved += [(key, levers.hedging_cost * size) for key, size in levers.volatility.items()]
    for key, size in moved:
        currency, one, country = key.partition("@")
        c = CURRENCIES.index(currency)
        if not one:
            cost[..., c] += size
            continue
        (i,) = places("transaction_cost", (country,))
        cost[i, :, c] += size
        cost[:, i, c] += size
    for pair in levers.local_settlement:
        parties = tuple(pair.split("-"))
        if len(parties) != 2 or parties[0] == parties[1]:
            raise InputError(
                f"settlement levers, local_settlement: {pair!r} is not a corridor; write two countries, RUS-CHN."
            )
        i, j = places("local_settlement", parties)
        own = {home_currency(c) for c in parties}
        for c, currency in enumerate(CURRENCIES):
            if currency not in own:
                cost[i, j, c] = cost[j, i, c] = np.inf
    cost[~base.free] = 0
    stuck = base.free & np.isinf(cost).all(2)
    if stuck.any():
        i, j = (base.countries[int(x)] for x in np.argwhere(stuck)[0])
        raise InputError(f"settlement levers: no currency is left to pay from {j} to {i}.")
    return cost
