"""What a scenario asks beyond its variants: who depends on whom, who would give in, what pressure can achieve.

In come a solved scenario's outcomes. Out go the results of the studies it names (`Scenario.studies`) and of the
satellite models in its variants, gathered for tables and for the report.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from multipolar._run import baseline_outcome

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.energy import Brief as EnergyBrief
    from multipolar.outcome import Outcome
    from multipolar.scenario import Scenario
    from multipolar.settlement import Brief as SettlementBrief
    from multipolar.strategy import Coalitions, DependenceResults, OptimalMeasures, Threats
    from multipolar.war import Brief as WarBrief
    from multipolar.world import World

POINTS = 6  # of the frontier; each is an optimisation over equilibria
Columns = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, eq=False)
class StudyResults:
    """Results of the studies a scenario names and of its satellite models; None where there are none.
    `notes`: what was left out, and why."""

    dependence: DependenceResults | None = None
    threats: Threats | None = None
    coalitions: Coalitions | None = None
    optimal: OptimalMeasures | None = None
    energy: EnergyBrief | None = None
    settlement: SettlementBrief | None = None
    war: WarBrief | None = None
    notes: tuple[str, ...] = ()

    def to_frames(self) -> dict[str, tuple[pd.DataFrame, Columns]]:
        """Tidy tables of the studies by name, each with the units and meanings of its columns."""
        from multipolar.strategy import DEPENDENCE_COLUMNS, GAME_COLUMNS

        tables = {}
        for found, columns in (
            (self.dependence, DEPENDENCE_COLUMNS),
            (self.threats, GAME_COLUMNS),
            (self.coalitions, GAME_COLUMNS),
            (self.optimal, GAME_COLUMNS),
        ):
            if found is not None:
                tables |= {name: (frame, columns) for name, frame in found.to_frames().items()}
        return tables


def study(
    scenario: Scenario,
    world: World,
    outcomes: Mapping[str, Outcome],
    progress: Callable[[str], None] | None = None,
) -> StudyResults:
    """Gather what the satellite models of `scenario` found and compute its studies, a minute or so. Studies
    whose variants are not among `outcomes` are left out, and say so. Raises what `multipolar.strategy` raises."""
    say = progress or (lambda _: None)
    found = StudyResults(**_satellites(scenario, outcomes, say))
    if not scenario.studies.asked:
        return found
    return replace(found, **_games(scenario, world, outcomes, say))


def _games(
    scenario: Scenario, world: World, outcomes: Mapping[str, Outcome], say: Callable[[str], None]
) -> dict[str, Any]:
    from multipolar import strategy

    asked = scenario.studies
    solved = {"baseline": baseline_outcome(world, scenario), **outcomes}
    first = solved["baseline"]
    missing = {place.split(".")[0]: name for place, name in asked.variants() if name not in solved}
    tasks: dict[str, Callable[[], Any]] = {}
    if asked.dependence:
        actors = asked.dependence.actors
        tasks["dependence"] = lambda: strategy.dependence_for(
            actors, first.world, **strategy.settings_of(first)
        )
    if (game := asked.threats) and "threats" not in missing:
        weights = {
            name: strategy.Weight(given.value, given.note, given.evidence)
            for name in ("damage", "relation", "credibility")
            if (given := getattr(game, name))
        }
        tasks["threats"] = lambda: strategy.threats(
            solved, game.thirds, game.target, status_quo=game.status_quo, complied=game.complied,
            punished=game.punished, stands_for=game.stands_for, senders=game.senders,
            weights=strategy.PoliticalWeights(**weights),
        )  # fmt: skip
    if (played := asked.coalitions) and "coalitions" not in missing:
        tasks["coalitions"] = lambda: strategy.coalitions(
            solved, played.players, played.target, variant=played.variant
        )
    if (best := asked.optimal) and "optimal" not in missing:
        compare = (best.compare,) if best.compare else ()
        tasks["optimal"] = lambda: strategy.optimal_measures(
            solved, best.senders, best.target, compare=compare, exempt=best.exempt, points=POINTS
        )
    say(f"{', '.join(tasks)}: many equilibria, about a minute")
    # The numerical libraries let go of the interpreter, so that studies share the cores.
    with ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as pool:
        waiting = {name: pool.submit(task) for name, task in tasks.items()}
        found = {name: job.result() for name, job in waiting.items()}
    notes = tuple(f"{name}: left out, since variant {v!r} was not run" for name, v in missing.items())
    return {**found, "notes": notes}


def _satellites(
    scenario: Scenario, outcomes: Mapping[str, Outcome], say: Callable[[str], None]
) -> dict[str, Any]:
    """What each satellite model has to show: of energy and the war for all variants that set their levers, of
    settlement for the first."""
    in_room: dict[str, dict[str, Outcome]] = {}
    for name, outcome in outcomes.items():
        for room in outcome.satellites:
            in_room.setdefault(room, {})[name] = outcome
    found: dict[str, Any] = {}
    if in_room.get("energy"):
        from multipolar import energy

        say("the energy networks")
        found["energy"] = energy.brief([o.satellites["energy"].results for o in in_room["energy"].values()])
    if in_room.get("settlement"):
        from multipolar import settlement

        say("settlement")
        name, outcome = next(iter(in_room["settlement"].items()))
        levers = scenario.variant_levers(name)["settlement"]
        found["settlement"] = settlement.brief(outcome.world, settlement.Levers.model_validate(dict(levers)))
    if in_room.get("war"):
        from multipolar import war

        results = {
            scenario.variants[name].title: o.satellites["war"].results for name, o in in_room["war"].items()
        }
        found["war"] = war.brief(next(iter(in_room["war"].values())).world, results)
    return found
