"""Named groups of countries, with members by date, and of sectors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from multipolar.errors import InputError, unknown
from multipolar.world import _data
from multipolar.world._concordance import classification_of, classifications, concordance


def country_groups() -> list[str]:
    """Names of the shipped country groups."""
    return list(_groups()["countries"])


def sector_groups() -> list[str]:
    """Names of the shipped sector groups."""
    return list(_groups()["sectors"])


def country_group(name: str, on: dt.date | None = None) -> list[str]:
    """ISO codes of a group's members on a date (default: the latest membership known).

    Raises `InputError` for an unknown group, with the nearest name.
    """
    group = _groups()["countries"].get(name)
    if group is None:
        raise InputError(unknown("country group", name, country_groups()))
    on = on or dt.date.max
    return [
        code
        for span in group["members"]
        if span.get("from", dt.date.min) <= on < span.get("until", dt.date.max)
        or ("until" not in span and on == dt.date.max)
        for code in span["codes"]
    ]


def sector_group(name: str, sectors: Iterable[str] | None = None) -> list[str]:
    """Sector codes of a group: those among `sectors`, or over all classifications (callers keep those their world has).

    `sectors` are a world's; the group is then read in the classification that most of them belong to, so that codes which
    several classifications use do not meet. A classification that the group does not list takes the sectors whose WIOD
    industry is in the group. Raises `InputError` for an unknown group, with the nearest name.
    """
    group = _groups()["sectors"].get(name)
    if group is None:
        raise InputError(unknown("sector group", name, sector_groups()))
    listed: dict[str, list[str]] = group["codes"]
    if sectors is None:
        names = dict.fromkeys([*listed, *classifications()])
        return list(dict.fromkeys(code for kind in names for code in _members(listed, kind)))
    here = list(sectors)
    kind = classification_of(here)
    own = {code for plain in listed if plain not in classifications() for code in listed[plain]}
    inside = own if kind is None else set(_members(listed, kind))
    # Codes that are nobody else's stay valid in a world most of whose sectors were merged.
    inside |= set(listed["wiod2013"]) if kind is None else set()
    return [code for code in here if code in inside]


@cache
def _derived(kind: str, industries: tuple[str, ...]) -> list[str]:
    return [str(code) for code, industry in concordance(kind)["wiod2013"].items() if industry in industries]


def _members(listed: dict[str, list[str]], kind: str) -> list[str]:
    if kind in listed:
        if not kind.startswith("exiobase"):
            return listed[kind]
        # EXIOBASE sectors are called by name and listed by code.
        codes = concordance(kind)["name"]
        return [
            str(s)
            for s, code in codes.items()
            if any(code == c or code.startswith(c + ".") for c in listed[kind])
        ]
    return _derived(kind, tuple(listed["wiod2013"]))


def describe_groups() -> dict[str, dict[str, Any]]:
    """The whole table of groups, as shipped: title, source, members."""
    return _groups()


@cache
def _groups() -> dict[str, Any]:
    with _data.path("groups.yaml").open(encoding="utf-8") as handle:
        return YAML(typ="safe").load(handle)
