"""Actors: countries, or groups of countries that act as one, without merging them in the world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import numpy as np

from multipolar.errors import InputError, unknown
from multipolar.world import World, country_group, country_groups, sector_group, sector_groups

Actors = Iterable[str] | Mapping[str, str | Iterable[str]]


def actors_of(world: World, actors: Actors | None = None, on: dt.date | None = None) -> dict[str, np.ndarray]:
    """Each actor's name and which of the world's countries belong to it, as a mask `[country]`.

    `actors`: country codes and names of groups, or a mapping of names of your own to codes and groups; none means
    every country. Members on the date `on` (default: the latest known); those the world does not list are left out.
    Raises `InputError` for an unknown name, an actor without members in this world, or a country in two actors.
    """
    given = actors if isinstance(actors, Mapping) else {name: name for name in actors or world.countries}
    masks = {}
    for actor, names in given.items():
        codes = {
            c for name in ((names,) if isinstance(names, str) else names) for c in _codes(world, name, on)
        }
        masks[actor] = np.isin(world.countries, list(codes))
        if not masks[actor].any():
            raise InputError(f"actor {actor!r} has no country in world {world.name!r}.")
    count = sum(mask.astype(int) for mask in masks.values())
    if np.any(count > 1):
        country = world.countries[int(np.argmax(count))]
        both = [actor for actor, mask in masks.items() if mask[world.countries.index(country)]]
        raise InputError(f"{country} belongs to {both[0]!r} and to {both[1]!r}; an actor cannot face itself.")
    return masks


def sectors_of(world: World, sectors: str | Iterable[str]) -> np.ndarray:
    """Which of the world's sectors are named, as codes or groups: a mask `[sector]`; none named means all.
    Raises `InputError` for an unknown name or a group without a sector in this world."""
    names = (sectors,) if isinstance(sectors, str) else tuple(sectors)
    chosen = np.full(len(world.sectors), not names)
    for name in names:
        if name not in world.sectors and name not in sector_groups():
            raise InputError(unknown("sector or group", name, [*world.sectors, *sector_groups()]))
        codes = [name] if name in world.sectors else sector_group(name, world.sectors)
        found = np.isin(world.sectors, codes)
        if not found.any():
            raise InputError(f"sector group {name!r} has no sector in world {world.name!r}.")
        chosen |= found
    return chosen


def _codes(world: World, name: str, on: dt.date | None) -> list[str]:
    if name in world.countries:
        return [name]
    if name in country_groups():
        return country_group(name, on)
    raise InputError(unknown("country or group", name, [*world.countries, *country_groups()]))
