"""Named groups of countries, with members by date, and of sectors."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from multipolar.errors import InputError, unknown
from multipolar.world import _data


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


def sector_group(name: str) -> list[str]:
    """Sector codes of a group over all shipped classifications (callers keep those their world has).

    Raises `InputError` for an unknown group, with the nearest name.
    """
    group = _groups()["sectors"].get(name)
    if group is None:
        raise InputError(unknown("sector group", name, sector_groups()))
    return [code for codes in group["codes"].values() for code in codes]


def describe_groups() -> dict[str, dict[str, Any]]:
    """The whole table of groups, as shipped: title, source, members."""
    return _groups()


@cache
def _groups() -> dict[str, Any]:
    with _data.path("groups.yaml").open(encoding="utf-8") as handle:
        return YAML(typ="safe").load(handle)
