"""Scenario files: reading them, and those that come with the package."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML, YAMLError

from multipolar._files import write_text
from multipolar.errors import ScenarioError, unknown
from multipolar.scenario._schema import Scenario, validated


def shipped_scenarios() -> pd.DataFrame:
    """Name, world, number of variants and title of every shipped scenario."""
    found = [load_scenario(name) for name in _names()]
    return pd.DataFrame(
        [{"scenario": s.name, "world": s.world, "variants": len(s.variants), "title": s.title} for s in found]
    )


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A shipped scenario by name or a YAML file by path.

    Raises `ScenarioError` that names the file, line and field, what was expected and the nearest valid choice.
    """
    path = _path(name_or_path)
    document = _parsed(path)
    return validated(_plain(document), path.name, lambda loc: _line(document, loc))


def copy_scenario(name_or_path: str | Path, target: str | Path, settings: Sequence[str] = ()) -> Scenario:
    """Write a scenario to a new file with its comments, order and layout kept, `settings` (`key=value`, as in
    `Scenario.with_settings`) applied. Raises `ScenarioError` if the file exists or a setting is wrong."""
    target = Path(target)
    if target.exists():
        raise ScenarioError(f"{target} exists already; choose another name or remove it.")
    changed = load_scenario(name_or_path).with_settings(list(settings))
    document = _parsed(_path(name_or_path))
    for setting in settings:
        key, _, text = setting.partition("=")
        owner, _, field = key.rpartition(".")
        place = document
        if owner in changed.measures:
            place = document["measures"][owner]
        elif owner:
            variant, _, room = owner.partition(".")
            place = document["variants"][variant].setdefault(room, {})
        place[field] = YAML(typ="safe").load(text)
    buffer = io.StringIO()
    writer = YAML(typ="rt")
    writer.width = 10_000
    writer.preserve_quotes = True
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.dump(document, buffer)
    write_text(target, buffer.getvalue())
    return changed


def _path(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if text in _names():
        return _folder() / f"{text}.yaml"
    if not Path(text).is_file():
        raise ScenarioError(unknown("scenario or missing file", text, _names()))
    return Path(text)


def _parsed(path: Path) -> Any:
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not UTF-8 text (byte {error.start}); save the file as UTF-8.") from None
    try:
        reader = YAML(typ="rt")
        reader.preserve_quotes = True
        return reader.load(source)
    except ValueError as error:
        # A date such as 2024-13-45 looks like one to YAML but is none.
        raise ScenarioError(
            f"{path.name}: a value is not what it looks like: {error}.{_odd_date(source)}"
        ) from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = str(getattr(error, "problem", error)).splitlines()[0]
        raise ScenarioError(
            f"{path.name}{line}: not valid YAML: {problem}. Indent with spaces, one key once."
        ) from None


def _odd_date(source: str) -> str:
    for number, line in enumerate(source.splitlines(), 1):
        for text in re.findall(r"\b\d{4}-\d{2}-\d{2}\b", line):
            try:
                dt.date.fromisoformat(text)
            except ValueError:
                return f" Line {number}: {text} is no date; expected year-month-day, such as 2024-05-16."
    return ""


def _line(node: Any, loc: tuple[Any, ...]) -> int | None:
    """The line of the deepest part of `loc` that the file holds."""
    line = None
    for key in loc:
        try:
            place = node.lc.key if hasattr(node, "keys") else node.lc.item
            line = place(key)[0] + 1
            node = node[key]
        except (AttributeError, KeyError, TypeError, IndexError):
            break
    return line


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, bool):
        return bool(node)
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _folder() -> Path:
    return Path(str(files("multipolar.scenario") / "library"))


def _names() -> list[str]:
    return sorted(path.stem for path in _folder().glob("*.yaml"))
