"""A layer of tariffs as measures of policy."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from multipolar.scenario._measures import Measure
from multipolar.world import World
from multipolar.world._tariffs import tariffs_for


def tariff_measures(world: World, layer: Any, *, start: Any = None) -> list[Measure]:
    """Tariffs of a layer (as in `World.with_tariff`) as measures that add them to the baseline's: one measure per
    destination and rate, rates of zero left out. Use them in `mp.solve(world, tariff_measures(world, "us-2025-04"))`.

    `start` is the day they come into force. Raises as `World.with_tariff`.
    """
    table, note = tariffs_for(world, layer)
    pairs: dict[tuple[str, str, float], list[str]] = defaultdict(list)
    for origin, destination, sector, rate in table.itertuples(index=False):
        if rate:
            pairs[origin, destination, float(rate)].append(sector)
    alike: dict[tuple[str, float, tuple[str, ...]], list[str]] = defaultdict(list)
    for (origin, destination, rate), sectors in pairs.items():
        alike[destination, rate, tuple(sectors)].append(origin)
    measures = []
    for number, ((destination, rate, sectors), origins) in enumerate(sorted(alike.items()), 1):
        listed = ", ".join(origins[:4]) + (" and others" if len(origins) > 4 else "")
        measures.append(
            Measure.model_validate(
                {
                    "id": f"tariff-{destination.lower()}-{number}",
                    "kind": "tariff",
                    "title": f"{rate:.4g} on imports of {destination} from {listed}",
                    "senders": destination,
                    "targets": origins,
                    "sectors": () if sectors == world.sectors else sectors,
                    "magnitude": rate,
                    "start": start,
                    "evidence": "estimated",
                    "note": note,
                }
            )
        )
    return measures
