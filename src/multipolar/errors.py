"""Every error a person can meet, and the wording they share.

Multipolar raises only these for bad input or an unsolved model; anything else that escapes is a bug.
Each message says where, what was given, what was expected, and the nearest valid choice.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MultipolarError(Exception):
    """Base of all errors meant for the person at the keyboard."""


class InputError(MultipolarError):
    """A file, field or argument is not what it must be."""


class WorldError(InputError):
    """A world's accounts, signs, shapes or labels are wrong."""


class ScenarioError(InputError):
    """A scenario or measure is wrong."""


class InfeasibleError(MultipolarError):
    """Measures after which no equilibrium can exist."""


class NoSupplierError(InfeasibleError):
    """A measure leaves a good that somebody uses without any supplier."""


class NotConvergedError(MultipolarError):
    """No equilibrium was certified; carries the `residuals` by condition."""

    def __init__(self, message: str, residuals: dict[str, float]):
        super().__init__(message)
        self.residuals = residuals


def nearest(given: object, valid: Iterable[object]) -> str:
    """' Did you mean X?' for the closest valid choice, or the empty string."""
    choices = {str(choice).lower(): str(choice) for choice in valid}
    found = difflib.get_close_matches(str(given).lower(), choices, n=1, cutoff=0.5)
    return f" Did you mean {choices[found[0]]!r}?" if found else ""


def listed(valid: Iterable[object], limit: int = 12) -> str:
    """The valid choices in one line, cut after `limit`."""
    items = [str(item) for item in valid]
    more = f", ... ({len(items)} in all)" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more


def unknown(what: str, given: object, valid: Iterable[object]) -> str:
    """'unknown WHAT 'GIVEN'. Did you mean ...? Known: ...'"""
    valid = list(valid)
    return f"unknown {what} {given!r}.{nearest(given, valid)} Known: {listed(valid)}."
