"""What a scenario asks beyond its variants: who depends on whom, who would give in, what pressure could achieve."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class _Study(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("actors", "thirds", "senders", "players", "exempt", mode="before", check_fields=False)
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Dependence(_Study):
    """What each of a few actors, countries or groups, loses when its trade with another stops."""

    actors: tuple[str, ...] = Field(min_length=2)


class Politics(_Study):
    """A number of politics in a game of threats, and how it is known."""

    value: float = Field(allow_inf_nan=False)
    evidence: Literal["observed", "estimated", "assumed"]
    note: str = Field(min_length=1)


class ThreatGame(_Study):
    """Comply or defy: `senders` threaten each of `thirds` with what `punished` adds, unless it does what `complied`
    does. The variants describe the choice of `stands_for`, turned on each other country in its place. Weights: worth to
    the sender of a dollar of the target's loss (`damage`), to the third country of a dollar of the target's welfare
    (`relation`), and what backing down costs the sender (`credibility`, million USD)."""

    thirds: tuple[str, ...] = Field(min_length=1)
    target: str
    senders: tuple[str, ...] = ()
    status_quo: str = "baseline"
    complied: str
    punished: str
    stands_for: str | None = None
    damage: Politics | None = None
    relation: Politics | None = None
    credibility: Politics | None = None


class CoalitionGame(_Study):
    """Every coalition of `players` takes the measures of `variant` against `target`."""

    players: tuple[str, ...] = Field(min_length=2, max_length=14)
    target: str
    variant: str


class OptimalMeasures(_Study):
    """The package of `senders` that takes most from `target` for what it costs them, leaving sectors in `exempt` alone,
    beside what the variant `compare` does."""

    senders: tuple[str, ...] = Field(min_length=1)
    target: str
    exempt: tuple[str, ...] = ()
    compare: str | None = None


class Studies(_Study):
    """The studies a run with a report computes besides the variants."""

    dependence: Dependence | None = None
    threats: ThreatGame | None = None
    coalitions: CoalitionGame | None = None
    optimal: OptimalMeasures | None = None

    @property
    def asked(self) -> bool:
        return any(getattr(self, name) is not None for name in type(self).model_fields)

    def variants(self) -> list[tuple[str, str]]:
        """Where a variant is named, and which; `baseline` is the world as it is."""
        named = [("threats", field) for field in ("status_quo", "complied", "punished")]
        named += [("coalitions", "variant"), ("optimal", "compare")]
        return [
            (f"{study}.{field}", variant)
            for study, field in named
            if (given := getattr(self, study)) is not None and (variant := getattr(given, field)) is not None
        ]
