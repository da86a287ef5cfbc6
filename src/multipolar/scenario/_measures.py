"""Measures: single acts of policy. Each kind is one row of `KINDS`: whom it binds and what it does."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Flow = Literal["imports", "exports", "both", "none"]


@dataclass(frozen=True)
class Kind:
    """What a kind of measure does. `flow`: the trade it binds, from the senders' side. `acts`: the wedge."""

    flow: Flow
    acts: Literal[
        "tariff",
        "export_tax",
        "cost",
        "ban",
        "friction",
        "discount",
        "transfer",
        "productivity",
        "quota",
        "cap",
        "content",
    ]
    low: float
    high: float
    meaning: str


KINDS: dict[str, Kind] = {
    "tariff": Kind("imports", "tariff", -0.99, 50, "tariff points added by senders on imports from targets (0.25 is 25%)"),
    "export-tax": Kind("exports", "export_tax", -0.99, 50, "export tax points of senders on sales to targets"),
    "non-tariff-cost": Kind("imports", "cost", -0.9, 100, "rise of the trade cost on senders' imports from targets"),
    "trade-cost": Kind("both", "cost", -0.9, 100, "rise of the trade cost between senders and targets, both ways"),
    "import-ban": Kind("imports", "ban", 1, 1, "senders buy nothing from targets in these sectors"),
    "export-ban": Kind("exports", "ban", 1, 1, "senders sell nothing to targets in these sectors"),
    "embargo": Kind("both", "ban", 1, 1, "no trade between senders and targets in these sectors"),
    "export-control": Kind("exports", "cost", 0, 100, "rise of the trade cost on senders' exports to targets"),
    "payment-friction": Kind("both", "friction", 0, 0.95, "share of each payment lost between senders and targets"),
    "price-discount": Kind("imports", "discount", 0, 0.95, "share of the price that senders keep from targets' sales"),
    "quota": Kind("imports", "quota", 0.001, 1000, "senders' largest imports from targets, as a share of the baseline quantity"),
    "price-cap": Kind("imports", "cap", 0.05, 10, "highest price targets get for what senders buy, over its baseline"),
    "local-content": Kind("imports", "content", 0.001, 1, "largest share of senders' spending that goes to targets, over its baseline share"),
    "stockpile": Kind("imports", "cost", -0.9, 10, "what senders buy from targets for stocks, as a share of what they use (a release is negative)"),
    "transfer": Kind("none", "transfer", 0, 1e9, "million USD a year from senders to targets, by GDP on each side"),
    "productivity-loss": Kind("none", "productivity", 0, 0.95, "share of productivity that targets lose"),
}  # fmt: skip
KindName = Literal[
    "tariff", "export-tax", "non-tariff-cost", "trade-cost", "import-ban", "export-ban", "embargo", "export-control",
    "payment-friction", "price-discount", "quota", "price-cap", "local-content", "stockpile", "transfer",
    "productivity-loss",
]  # fmt: skip
# Held by the smallest wedge that keeps a quantity, a price or a share within its limit.
LIMITS = ("quota", "cap", "content")
NEEDS_SENDERS = {name for name in KINDS if name != "productivity-loss"}


class Measure(BaseModel):
    """One policy act. `senders` act, `targets` are acted upon: codes or named groups, `everyone`, with
    `except_countries` taken out. Empty `sectors` means all. `magnitude` is a number in the unit of its kind
    (`KINDS`), or a mapping of sectors to numbers; bans have none. With `mode: set` a tariff is set, not added.
    With `unit: trade` a trade cost is given by the change of trade it would bring at unchanged prices `m`: the
    cost rises by `(1 + m) ** (-1 / theta) - 1` in a sector of trade elasticity `theta`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field("", description="Short unique name; in a file, the key.")
    kind: KindName = Field(
        description="What the measure does: " + "; ".join(f"{k}: {v.meaning}" for k, v in KINDS.items())
    )
    title: str = Field("", description="The measure in plain words.")
    senders: tuple[str, ...] = Field((), description="Country codes or named groups that act.")
    targets: tuple[str, ...] = Field(description="Country codes or named groups that are acted upon.")
    except_countries: tuple[str, ...] = Field((), description="Countries or groups left out on both sides.")
    sectors: tuple[str, ...] = Field((), description="Sector codes or named groups; none means all.")
    magnitude: float | dict[str, float] = Field(
        1.0, description="Size in the unit of the kind, or sector -> size."
    )
    unit: Literal["cost", "trade"] = Field(
        "cost",
        description="Trade costs only: magnitude is the rise of the cost, or the change of trade at unchanged "
        "prices (-0.8 is 80% less), from which the cost follows through each sector's trade elasticity.",
    )
    mode: Literal["add", "set"] = Field(
        "add", description="Tariffs only: add to the baseline tariff, or set it."
    )
    revenue: Literal["nobody", "importer", "exporter"] = Field(
        "nobody", description="Who keeps a payment friction, or the rent of a quota."
    )
    start: dt.date | None = Field(None, description="In force from this day.")
    end: dt.date | None = Field(None, description="In force until the day before.")
    evidence: Literal["observed", "estimated", "assumed"] = Field(description="How the magnitude is known.")
    sources: tuple[str, ...] = Field((), description="Ids of the scenario's sources.")
    note: str = Field("", description="Where the magnitude comes from; required when assumed or estimated.")

    @field_validator("senders", "targets", "except_countries", "sectors", "sources", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("magnitude", mode="before")
    @classmethod
    def _a_number(cls, value: Any) -> Any:
        for item in value.values() if isinstance(value, dict) else [value]:
            if isinstance(item, bool | str):
                raise ValueError(f"expected a number, got {item!r} (write 25% as 0.25)")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Measure:
        kind = KINDS[self.kind]
        if self.kind in NEEDS_SENDERS and not self.senders:
            raise ValueError(f"a measure of kind {self.kind!r} needs senders")
        if not self.targets:
            raise ValueError("targets must name at least one country or group")
        if self.kind == "export-control" and not (self.sectors or isinstance(self.magnitude, dict)):
            raise ValueError("an export control names the sectors it covers; for all of them use export-ban")
        if self.unit == "trade" and (kind.acts != "cost" or self.kind == "stockpile"):
            raise ValueError("unit: trade is for trade costs (non-tariff-cost, trade-cost, export-control)")
        low, high = (-0.999, 1000.0) if self.unit == "trade" else (kind.low, kind.high)
        meaning = "change of trade at unchanged prices" if self.unit == "trade" else kind.meaning
        for item in self.magnitudes():
            if not (math.isfinite(item) and low <= item <= high):
                percent = high < 100 < abs(item) or high <= 1 < item or (self.unit == "trade" and item < -1)
                hint = " (write 25% as 0.25)" if percent else ""
                if self.unit == "trade" and item == -1:
                    hint = "; for no trade at all use import-ban, export-ban or embargo"
                raise ValueError(
                    f"magnitude {item:g} is outside {low:g} to {high:g} for {self.kind}: {meaning}{hint}"
                )
        if isinstance(self.magnitude, dict) and (self.sectors or kind.acts in ("ban", "transfer", *LIMITS)):
            raise ValueError(
                "magnitude by sector replaces `sectors` and does not fit bans, limits (quotas, caps, local content) and transfers; give "
                "one or the other"
            )
        if self.mode == "set" and self.kind != "tariff":
            raise ValueError("mode: set is for tariffs only")
        if self.revenue != "nobody" and self.kind not in ("payment-friction", "quota"):
            raise ValueError(
                "revenue is chosen for payment frictions and quotas only; other kinds have a fixed owner"
            )
        if self.start and self.end and self.end <= self.start:
            raise ValueError(f"end {self.end} is not after start {self.start}")
        if self.evidence == "observed" and not self.sources:
            raise ValueError("an observed measure names its sources")
        if self.evidence != "observed" and not self.note:
            raise ValueError(f"an {self.evidence} measure says in `note` where its magnitude comes from")
        return self

    def magnitudes(self) -> list[float]:
        return list(self.magnitude.values()) if isinstance(self.magnitude, dict) else [self.magnitude]
