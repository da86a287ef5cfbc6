"""Numbers in files: strict by default, with a few recorded repairs for the reader who asks for them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from multipolar.errors import WorldError

Progress = Callable[[str, float], None]
MISSING = {"", "nan", "na", "n/a", "#n/a", ":", "..", "...", "-", "null", "none"}
_GROUPED = re.compile(r"^-?\d{1,3}(?P<mark>[, '\u00a0.])\d{3}((?P=mark)\d{3})*(?P<rest>[.,]\d+)?$")
_COMMA = re.compile(r"^-?\d+,\d+$")


@dataclass
class Repairs:
    """What a reader may mend (`allowed`) and what it has mended, by kind."""

    allowed: bool = False
    cells: Counter[str] = field(default_factory=Counter)

    def number(self, text: str, where: str) -> float:
        """One cell as a finite number. Raises `WorldError` that names the cell and what is wrong with it."""
        bare = text.strip().strip('"').strip()
        try:
            value = float(bare) if "_" not in bare else None
        except ValueError:
            value = None
        if value is not None and np.isfinite(value):
            return value
        if bare.lower() in MISSING:
            return self._mend(
                "missing values set to zero",
                0.0,
                where,
                f"{text.strip()!r} where a number belongs. Missing is not zero",
            )
        kind, mended = _other_notation(bare)
        if mended is not None:
            return self._mend(
                f"{kind} understood",
                mended,
                where,
                f"{bare!r}: a {kind}; expected plain numbers such as 1234.5",
            )
        hint = f"a {kind} that could mean two numbers; " if kind else ""
        raise WorldError(f"{where} is {bare!r}: {hint}expected a plain number such as 1234.5.")

    def _mend(self, kind: str, value: float, where: str, complaint: str) -> float:
        if not self.allowed:
            what = "read it as zero" if kind.startswith("missing") else "accept it"
            raise WorldError(f"{where} is {complaint}. Correct the file, or pass repair=True to {what}.")
        self.cells[kind] += 1
        return value


def _other_notation(bare: str) -> tuple[str, float | None]:
    grouped = _GROUPED.match(bare)
    if grouped:
        mark, rest = grouped["mark"], grouped["rest"] or ""
        certain = mark in " '\u00a0" or (rest and rest[0] != mark) or bare.count(mark) > 1
        if certain and rest[:1] != mark:
            whole = bare[: len(bare) - len(rest)].replace(mark, "")
            return "number with thousands separators", float(whole + rest.replace(",", "."))
        return "number with a comma", None
    if _COMMA.match(bare):
        return "decimal comma", float(bare.replace(",", "."))
    return "", None
