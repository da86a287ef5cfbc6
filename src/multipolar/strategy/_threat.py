"""A threat of secondary sanctions, described by sets of measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from multipolar.errors import InputError, unknown
from multipolar.scenario import KINDS, LIMITS, Measure

if TYPE_CHECKING:
    from multipolar.outcome import Outcome


@dataclass(frozen=True)
class Threat:
    """Who threatens whom, over trade with whom, and the measures in force at each end of the game.

    - `senders`: countries and groups whose welfare the sender counts; `third` and `target`: countries
    - `status_quo`: without a threat, or when the sender backs down
    - `complied`: when the third country gives way
    - `defied`: when it does not, apart from `penalty`: the secondary sanctions, scaled by the size of the threat
    """

    senders: tuple[str, ...]
    third: str
    target: str
    status_quo: tuple[Measure, ...]
    complied: tuple[Measure, ...]
    defied: tuple[Measure, ...]
    penalty: tuple[Measure, ...]

    def __post_init__(self) -> None:
        if not self.penalty:
            raise InputError(
                f"the threat against {self.third} has no penalty: no measure is added when it defies."
            )
        for measure in self.penalty:
            if KINDS[measure.kind].acts in ("ban", *LIMITS):
                raise InputError(
                    f"measure {measure.id!r}: a {measure.kind} has no size that grows from nothing, so it cannot be the "
                    "penalty of a threat; use a tariff, a trade cost or a payment friction."
                )

    @staticmethod
    def from_variants(
        variants: Mapping[str, Outcome] | Mapping[str, Sequence[Measure]],
        *,
        third: str,
        target: str,
        status_quo: str,
        complied: str,
        punished: str,
        senders: Sequence[str] = (),
        stands_for: str | None = None,
    ) -> Threat:
        """From a scenario's variants, by name (`baseline` is the world as it is): solved outcomes (whose magnitudes are those calibrated) or lists of
        measures. What `punished` adds to `status_quo` is the penalty, and its senders are the sender unless given.

        `stands_for`: the variants describe another country's choice; the measures that compliance and punishment add
        are turned on `third` instead, in the status quo of the other, whose own policy does not change.
        Raises `InputError` for an unknown variant.
        """
        found = [_measures(variants, name) for name in (status_quo, complied, punished)]
        base, gives_way, defies = found
        ids = {m.id for m in base}
        penalty = tuple(m for m in defies if m.id not in ids)
        rest = tuple(m for m in defies if m.id in ids)
        senders = tuple(senders) or tuple(dict.fromkeys(s for m in penalty for s in m.senders))
        if stands_for is not None and stands_for != third:
            penalty = tuple(_turned(m, stands_for, third) for m in penalty)
            gives_way = (*base, *(_turned(m, stands_for, third) for m in gives_way if m.id not in ids))
            rest = base
        return Threat(senders, third, target, base, tuple(gives_way), rest, penalty)

    @property
    def magnitude(self) -> float:
        """The mean magnitude of the penalty at size 1, in the unit of its first measure."""
        numbers = [x for m in self.penalty for x in m.magnitudes()]
        return sum(numbers) / len(numbers)

    def carried_out(self, size: float) -> list[Measure]:
        """The measures in force when a threat of this size is carried out. Raises `InputError` where the size takes a
        magnitude out of its range."""
        return [*self.defied, *(_scaled(m, size) for m in self.penalty)]


def _measures(variants: Mapping, name: str) -> tuple[Measure, ...]:
    if name == "baseline":
        return ()
    if name not in variants:
        raise InputError(unknown("variant", name, variants))
    found = variants[name]
    return tuple(getattr(found, "measures", found))


def _turned(measure: Measure, old: str, new: str) -> Measure:
    """The measure with one country in another's place, under a name of its own."""
    sides = {
        side: tuple(new if c == old else c for c in getattr(measure, side)) for side in ("senders", "targets")
    }
    return measure.model_copy(update={**sides, "id": f"{measure.id}-{new}"})


def _scaled(measure: Measure, size: float) -> Measure:
    given = measure.magnitude
    new = {k: v * size for k, v in given.items()} if isinstance(given, dict) else given * size
    high = KINDS[measure.kind].high
    if max(new.values() if isinstance(new, dict) else [new]) > high:
        raise InputError(
            f"threat: size {size:g} takes {measure.id!r} beyond {high:g}, the most a {measure.kind} can be."
        )
    return measure.model_copy(update={"magnitude": new})
