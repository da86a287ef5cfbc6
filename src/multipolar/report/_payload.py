"""The numbers the page draws from, as plain lists in the order of `countries` and `sectors`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.report._words import countries_of, measure_countries, variant_title
from multipolar.world import country_group, country_groups

if TYPE_CHECKING:
    from multipolar.outcome import Outcome
    from multipolar.scenario import Scenario
    from multipolar.world import World

PER_COUNTRY = (
    "welfare", "welfare_usd", "real_income", "real_gdp", "wages", "real_wages", "prices", "terms_of_trade",
)  # fmt: skip
FLOWS_PER_VARIANT = 400  # largest changes by corridor and sector kept, besides all corridor totals
MATRIX_COUNTRIES = 11
MIN_UNION = 5


def payload(scenario: Scenario, world: World, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """Everything the page's script reads: labels, the baseline, one entry per variant."""
    first = next(iter(outcomes.values()))
    base = first.trade_baseline.values
    changes = {name: outcome.trade.values - base for name, outcome in outcomes.items()}
    flows = _largest_flows(list(changes.values()))
    return {
        "countries": [
            {"code": c, "name": n} for c, n in zip(world.countries, world.country_names, strict=True)
        ],
        "sectors": [{"code": c, "name": n} for c, n in zip(world.sectors, world.sector_names, strict=True)],
        "regions": regions(world),
        "row": rest_of_world(world),
        "year": world.year,
        "focus": [world.countries.index(c) for c in focus(scenario, world, outcomes)],
        "groups": _matrix_groups(scenario, world, outcomes, changes),
        "effects": [str(e) for e in first.decomposition.coords["effect"].values],
        "output_baseline": _rounded(first.output_baseline.values, 1),
        "trade_baseline": _rounded(base.sum(2), 1),
        "flows": {
            "at": [[int(i) for i in f] for f in flows],
            "baseline": [_number(base[tuple(f)], 1) for f in flows],
        },
        "variants": [
            {
                "name": name,
                "title": variant_title(scenario, name),
                "note": str(getattr(scenario.variants[name], "note", None) or ""),
                "measures": [m.id for m in outcome.measures],
                **{
                    key: _rounded(getattr(outcome, key).values, 3 if key.endswith("usd") else 8)
                    for key in PER_COUNTRY
                },
                "revenue": _rounded(outcome.revenue.values - outcome.revenue_baseline.values, 1),
                "output": _rounded(outcome.output.values, 1),
                "trade": _rounded(changes[name].sum(2), 1),
                "flows": [_number(changes[name][tuple(f)], 1) for f in flows],
                "decomposition": _rounded(outcome.decomposition.values, 8),
            }
            for name, outcome in outcomes.items()
        ],
    }


def rest_of_world(world: World) -> int | None:
    """Position of the region that stands for every country not listed, if there is one."""
    for i, (code, name) in enumerate(zip(world.countries, world.country_names, strict=True)):
        if code.lower() in ("row", "rest", "roi") or name.lower().startswith("rest of"):
            return i
    return None


def regions(world: World) -> dict[str, int]:
    """Position in the world by ISO code, for countries listed and for members of listed groups. The rest of
    the world is the default and not in here; without it, or beside aggregates of unknown membership, it is
    marked by the key `*` set to -1."""
    atlas = json.loads(files("multipolar.report").joinpath("map.json").read_text(encoding="utf-8"))
    drawn = {**atlas["countries"], **atlas["dots"]}
    found = {code: i for i, code in enumerate(world.countries) if code in drawn}
    rest = rest_of_world(world)
    unplaced = [i for i, code in enumerate(world.countries) if code not in drawn and i != rest]
    for i in list(unplaced):
        if world.countries[i] in country_groups():
            found |= {code: i for code in country_group(world.countries[i]) if code not in found}
            unplaced.remove(i)
    return found if rest is not None and not unplaced else {**found, "*": -1}


def focus(scenario: Scenario, world: World, outcomes: Mapping[str, Outcome]) -> list[str]:
    """Countries the scenario is about: those of its comparisons, then senders and targets named one by one,
    then the hardest hit."""
    named = [c for comparison in scenario.comparisons for c in countries_of(comparison)]
    for outcome in outcomes.values():
        for measure in outcome.measures:
            named += measure_countries(measure)
    size = np.max([np.abs(o.welfare.values) for o in outcomes.values()], axis=0)
    named += [world.countries[i] for i in np.argsort(-size)[:3]]
    return [c for c in dict.fromkeys(named) if c in world.countries][:8]


def _largest_flows(changes: list[np.ndarray]) -> np.ndarray:
    n = changes[0].shape[0]
    keep = np.zeros(changes[0].shape, bool)
    for change in changes:
        size = np.abs(change).copy()
        size[np.arange(n), np.arange(n)] = 0
        largest = np.argsort(-size, axis=None)[:FLOWS_PER_VARIANT]
        keep.flat[largest[size.flat[largest] > 0.5]] = True
    return np.argwhere(keep)


def _matrix_groups(
    scenario: Scenario, world: World, outcomes: Mapping[str, Outcome], changes: Mapping[str, np.ndarray]
) -> list[dict[str, Any]]:
    """Rows of the who-to-whom table: the European Union as one where it is listed by member, the countries
    in focus, the largest traders, the rest."""
    n = len(world.countries)
    index = {c: i for i, c in enumerate(world.countries)}
    union = [index[c] for c in country_group("EU27", scenario.date) if c in index]
    union = union if len(union) >= MIN_UNION else []
    rest = rest_of_world(world)
    abroad = next(iter(outcomes.values())).trade_baseline.values.sum(2) * (1 - np.eye(n))
    moved = np.mean([np.abs(c.sum(2)) * (1 - np.eye(n)) for c in changes.values()], axis=0)
    weight = abroad.sum(0) + abroad.sum(1) + 10 * (moved.sum(0) + moved.sum(1))
    alone = [index[c] for c in focus(scenario, world, outcomes) if index[c] not in union]
    alone += [int(i) for i in np.argsort(-weight) if i not in union]
    alone = [i for i in dict.fromkeys(alone) if i != rest][: MATRIX_COUNTRIES - bool(union)]
    alone.sort(key=lambda i: -weight[i])
    groups = [{"name": world.country_names[i], "code": world.countries[i], "members": [i]} for i in alone]
    if union:
        groups.insert(0, {"name": "European Union", "code": "EU", "members": union})
    taken = {i for g in groups for i in g["members"]}
    others = [i for i in range(n) if i not in taken and i != rest]
    if others:
        groups.append({"name": "Other countries listed", "code": "Other", "members": others})
    if rest is not None:
        groups.append({"name": world.country_names[rest], "code": world.countries[rest], "members": [rest]})
    return groups


def _number(value: Any, digits: int) -> float | int | None:
    if not np.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


def _rounded(values: np.ndarray, digits: int) -> list[Any]:
    if values.ndim == 0:
        return _number(float(values), digits)  # type: ignore[return-value]
    return [_rounded(v, digits) if v.ndim else _number(float(v), digits) for v in values]
