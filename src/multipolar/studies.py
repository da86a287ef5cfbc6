"""What a scenario asks beyond its variants: who depends on whom, who would give in, what pressure can achieve.

In come a solved scenario's outcomes. Out go the results of the studies it names (`Scenario.studies`) and of the
satellite models in its variants, gathered for tables and for the report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from multipolar._run import baseline_outcome

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.outcome import Outcome
    from multipolar.scenario import Scenario
    from multipolar.strategy import Coalitions, DependenceResults, OptimalMeasures, Threats
    from multipolar.world import World


@dataclass(frozen=True, eq=False)
class StudyResults:
    """Results of the studies a scenario names; None or empty where it names none or its variants were not run."""

    dependence: DependenceResults | None = None
    threats: Threats | None = None
    coalitions: Coalitions | None = None
    optimal: OptimalMeasures | None = None
    skipped: tuple[str, ...] = field(default=())


def study(
    scenario: Scenario,
    world: World,
    outcomes: Mapping[str, Outcome],
    progress: Callable[[str], None] | None = None,
) -> StudyResults:
    """Compute the studies of `scenario`, in tens of seconds each. Studies whose variants are not among `outcomes` are
    skipped, and say so. Raises what the functions of `multipolar.strategy` raise."""
    from multipolar import strategy

    asked = scenario.studies
    say = progress or (lambda _: None)
    if not asked.model_fields_set:
        return StudyResults()
    solved = {"baseline": baseline_outcome(world, scenario), **outcomes}
    first = solved["baseline"]
    missing = {place.split(".")[0]: name for place, name in asked.variants() if name not in solved}
    skipped = tuple(
        f"study {name!r} skipped: variant {variant!r} was not run" for name, variant in missing.items()
    )
    found = {}
    if asked.dependence:
        say("dependence")
        found["dependence"] = strategy.dependence_for(
            asked.dependence.actors, first.world, **strategy.settings_of(first)
        )
    if (game := asked.threats) and "threats" not in missing:
        say("threats")
        found["threats"] = strategy.threats(
            solved, game.thirds, game.target, status_quo=game.status_quo, complied=game.complied,
            punished=game.punished, stands_for=game.stands_for, senders=game.senders, weights=_weights(game),
        )  # fmt: skip
    if (played := asked.coalitions) and "coalitions" not in missing:
        say("coalitions")
        found["coalitions"] = strategy.coalitions(
            solved, played.players, played.target, variant=played.variant
        )
    if (best := asked.optimal) and "optimal" not in missing:
        say("optimal measures")
        found["optimal"] = strategy.optimal_measures(
            solved, best.senders, best.target, variant=best.variant
        )
    return StudyResults(**found, skipped=skipped)
