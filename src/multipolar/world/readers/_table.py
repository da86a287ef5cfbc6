"""From labelled rows of a file to one square table, checked, and from there to a World."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from multipolar.errors import WorldError, nearest
from multipolar.world._prepare import Adjustment
from multipolar.world._world import World
from multipolar.world.readers._cells import Repairs
from multipolar.world.readers._codes import country_names, sector_defaults

CONSUMPTION, INVESTMENT = 0, 1
BALANCE_TOLERANCE = 1e-3
LARGEST_REPAIR = 0.02
# World GDP in million USD (World Bank, rounded to the order of magnitude): only to tell thousands from millions.
WORLD_GDP = {1990: 23e6, 1995: 31e6, 2000: 34e6, 2005: 48e6, 2010: 67e6, 2015: 75e6, 2020: 85e6, 2025: 112e6}


@dataclass(frozen=True)
class Label:
    """What a row or column of a file is: `sector` (country, code), `final` (country, use), `output`, `input` (a row
    of value added or taxes) or `dropped` (with the reason in `code`)."""

    role: str
    country: str = ""
    code: str = ""
    use: int = CONSUMPTION


class Grid(Protocol):
    name: str
    columns: Any

    def __iter__(self) -> Iterator[tuple[int, list[str], np.ndarray]]: ...


@dataclass
class Table:
    """A square table in million USD as a file gives it; rows and columns `country * sectors + sector`.

    `intermediate` (NJ, NJ), `final` (NJ, N, 2); `sold` and `made` are the file's own totals by row and by column and
    `inputs` the rows of value added and taxes (NJ), where the file has them.
    """

    file: str
    countries: list[str]
    sectors: list[str]
    intermediate: np.ndarray
    final: np.ndarray
    sold: np.ndarray | None = None
    made: np.ndarray | None = None
    inputs: dict[str, np.ndarray] = field(default_factory=dict)
    discrepancy: np.ndarray | None = None
    notes: list[Adjustment] = field(default_factory=list)

    def cell(self, position: int) -> str:
        return f"{self.countries[position // len(self.sectors)]} {self.sectors[position % len(self.sectors)]}"


def assemble(
    grid: Grid, columns: list[Label], row_of: Callable[[int, list[str]], Label], scale: float = 1.0
) -> Table:
    """Add a grid's rows into a table. Columns that share a label add up, and so do rows (split regions)."""
    countries = list(dict.fromkeys(c.country for c in columns if c.role == "sector"))
    sectors = list(dict.fromkeys(c.code for c in columns if c.role == "sector"))
    n, j = len(countries), len(sectors)
    place = {(c, s): i * j + k for i, c in enumerate(countries) for k, s in enumerate(sectors)}
    held = {(c.country, c.code) for c in columns if c.role == "sector"}
    lacking = [key for key in place if key not in held]
    if not countries:
        raise WorldError(
            f"{grid.name}: no column is a country's sector; found {', '.join(map(str, grid.columns[:6]))}, ..."
        )
    if lacking:
        raise WorldError(
            f"{grid.name}: country {lacking[0][0]!r} lacks a column for sector {lacking[0][1]!r} ({len(lacking)} missing)."
        )
    size = n * j
    slots, dropped = [], {}
    out, gap, rest = size + 2 * n, size + 2 * n + 1, size + 2 * n + 2
    for column in columns:
        if column.role == "sector":
            slots.append(place[column.country, column.code])
        elif column.role == "final":
            if column.country not in countries:
                raise WorldError(f"{grid.name}: final demand of {column.country!r}, which has no sectors.")
            slots.append(size + 2 * countries.index(column.country) + column.use)
        else:
            slots.append({"output": out, "discrepancy": gap}.get(column.role, rest))
    target = np.array(slots)
    identity = np.array_equal(target[:size], np.arange(size)) and (target[size:] >= size).all()
    table = Table(grid.name, countries, sectors, np.zeros((size, size)), np.zeros((size, n, 2)))
    sold, discrepancy = np.zeros(size), np.zeros(size)
    seen = np.zeros(size, dtype=bool)
    for number, labels, values in grid:
        label = row_of(number, labels)
        if label.role == "sector":
            row = place.get((label.country, label.code))
            if row is None:
                given = " ".join(labels)
                raise WorldError(
                    f"{grid.name}, line {number}: row {given!r} has no column of the same name."
                    f"{nearest(f'{label.country} {label.code}', (f'{c} {s}' for c, s in place))}"
                )
            seen[row] = True
            if identity:
                table.intermediate[row] += values[:size]
                rest_values = np.bincount(target[size:] - size, values[size:], minlength=2 * n + 3)
            else:
                whole = np.bincount(target, values, minlength=size + 2 * n + 3)
                table.intermediate[row] += whole[:size]
                rest_values = whole[size:]
            table.final[row] += rest_values[: 2 * n].reshape(n, 2)
            sold[row] += rest_values[2 * n]
            discrepancy[row] += rest_values[2 * n + 1]
        elif label.role in ("input", "output"):
            whole = np.bincount(target, values, minlength=size + 2 * n + 3)
            if label.role == "output":
                table.made = whole[:size]
            else:
                table.inputs[label.code] = table.inputs.get(label.code, 0) + whole[:size]
                if whole[size:out].any():
                    dropped[label.code] = whole[size:out]
        elif values.any():
            dropped[label.code] = dropped.get(label.code, 0) + np.abs(values)
    if not seen.all():
        first = int(np.flatnonzero(~seen)[0])
        raise WorldError(
            f"{grid.name}: {int((~seen).sum())} of {size} rows are missing, the first {table.cell(first)!r}. The file seems cut off."
        )
    table.sold = sold if any(c.role == "output" for c in columns) else None
    table.discrepancy = discrepancy if any(c.role == "discrepancy" for c in columns) else None
    for array in (
        table.intermediate,
        table.final,
        table.sold,
        table.made,
        table.discrepancy,
        *table.inputs.values(),
    ):
        if array is not None and scale != 1.0:
            np.multiply(array, scale, out=array)
    for code, values in dropped.items():
        table.notes.append(_note(f"left out: row {code} in final demand or of totals", values * scale))
    if table.discrepancy is not None:
        table.notes.append(_note("left out: column of statistical discrepancy", table.discrepancy))
    return table


def check_unique(file: str, what: str, labels: Iterable[Any]) -> None:
    """Raises `WorldError` for a label that appears twice."""
    seen = set()
    for position, label in enumerate(labels, 1):
        if label in seen:
            name = " ".join(map(str, label)) if isinstance(label, tuple) else label
            raise WorldError(f"{file}: {what} {position} {name!r} appears twice; labels must be unique.")
        seen.add(label)


def to_world(
    table: Table, *, name: str, year: int | None, repairs: Repairs, classification: str | None, trade_elasticity: Any,
    provenance: dict[str, Any], sector_names: list[str] | None = None, names: dict[str, str] | None = None,
    tolerance: float = BALANCE_TOLERANCE,
) -> World:  # fmt: skip
    """Check a table's signs, accounts and unit, and prepare it. What was dropped, counted elsewhere or repaired is in
    `World.adjustments`. Raises `WorldError` naming file, cell, value and expectation; `repairs.allowed` turns
    negative intermediate flows and unbalanced accounts, up to 2% of world output, into recorded adjustments.
    """
    theta, share, source = sector_defaults(table.file, classification, table.sectors, trade_elasticity)
    notes = list(table.notes)
    notes += [Adjustment(what, 0.0, count, 0.0) for what, count in repairs.cells.items()]
    _check_unit(table)
    _check_signs(table, repairs, notes)
    _check_accounts(table, repairs, notes, tolerance)
    _drop_empty(table, notes)
    _check_size(table, year)
    taxes = [code for code in table.inputs if "tax" in code.lower()]
    for code in taxes:
        notes.append(_note(f"counted in value added: {code}", table.inputs[code]))
    n, j = len(table.countries), len(table.sectors)
    final = table.final.reshape(n, j, n, 2)
    shape = table.intermediate.reshape(n, j, n, j)
    try:
        world = World.from_arrays(
            table.countries, table.sectors, shape, final, theta,
            capital_share=share,
            country_names=[names.get(c, c) for c in table.countries] if names else country_names(table.countries),
            sector_names=sector_names,
            name=name, year=year,
            provenance={
                **provenance, "classification": classification, "trade_elasticity": source,
                "capital_share": "assumed by WIOD industry: capital_shares.csv" if share is not None else "a third everywhere",
                "units": "million current USD", "status": "observed",
                "value_added": "output less intermediate purchases; includes taxes less subsidies on products",
            },
            repair_value_added=repairs.allowed,
        )  # fmt: skip
    except WorldError as error:
        hint = "" if repairs.allowed else " When reading a file, that is repair=True."
        raise WorldError(f"{table.file}: {error}{hint}") from None
    total = float(world.output_values.sum())
    mended = sum(a.moved for a in (*notes, *world.adjustments) if "repair" in a.what or "moved to" in a.what)
    if mended > LARGEST_REPAIR * total:
        raise WorldError(
            f"{table.file}: repairs would move {mended:,.0f} million USD, {mended / total:.1%} of world output; at most "
            f"{LARGEST_REPAIR:.0%} is allowed. Correct the file."
        )
    recorded = tuple(Adjustment(a.what, a.moved, a.cells, a.moved / total) for a in notes)
    return world._with(adjustments=recorded + world.adjustments)


def _note(what: str, values: np.ndarray) -> Adjustment:
    return Adjustment(what, float(np.abs(values).sum()), int(np.count_nonzero(values)), 0.0)


def _check_unit(table: Table) -> None:
    """Thousands among millions: the file's own total is a power of a thousand away from the sum of the row."""
    total = table.intermediate.sum(1) + table.final.sum((1, 2))
    for given, what in ((table.sold, "column of totals"), (table.made, "row of output")):
        if given is None:
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = given / total
        for factor, word in (
            (1e3, "a thousand times"),
            (1e-3, "a thousandth of"),
            (1e6, "a million times"),
            (1e-6, "a millionth of"),
        ):
            off = np.flatnonzero(np.abs(ratio / factor - 1) < 0.2)
            if len(off) and np.abs(total[off]).max() > 1e-3:
                i = int(off[np.argmax(np.abs(total[off]))])
                raise WorldError(
                    f"{table.file}: row {table.cell(i)} sums to {total[i]:,.6g} but the {what} says {given[i]:,.6g}, {word} "
                    f"that ({len(off)} such rows): units are mixed. Every number must be in the table's one unit."
                )


def _check_signs(table: Table, repairs: Repairs, notes: list[Adjustment]) -> None:
    z = table.intermediate
    lowest = float(z.min())
    if lowest < 0:
        row, column = (int(i) for i in np.unravel_index(int(z.argmin()), z.shape))
        count = int((z < 0).sum())
        if not repairs.allowed:
            raise WorldError(
                f"{table.file}: {table.cell(row)} sells {lowest:,.6g} to {table.cell(column)}; intermediate flows must not be "
                f"negative ({count} such cells). Correct the file, or pass repair=True to set them to zero."
            )
        moved = float(-z[z < 0].sum())
        np.maximum(z, 0, out=z)
        notes.append(Adjustment("repair: negative intermediate flows set to zero", moved, count, 0.0))
        # The file's totals still contain what was set to zero; they cannot be compared with the rest any more.
        table.sold = table.made = None
    for total, what in (
        (z.sum(1) + table.final.sum((1, 2)), "its row"),
        (table.sold, "the column of totals"),
        (table.made, "the row of output"),
    ):
        if total is None or repairs.allowed:
            continue
        worst = int(total.argmin())
        if total[worst] < -1e-6 * max(float(total.max()), 1e-300):
            raise WorldError(
                f"{table.file}: output of {table.cell(worst)} is {total[worst]:,.6g} by {what}; it must not be negative. Correct the "
                "file, or pass repair=True to set the negative final demand behind it to zero."
            )


def _check_accounts(table: Table, repairs: Repairs, notes: list[Adjustment], tolerance: float) -> None:
    total = table.intermediate.sum(1) + table.final.sum((1, 2))
    gap = 0.0 if table.discrepancy is None else table.discrepancy
    comparisons = []
    if table.sold is not None:
        comparisons.append(("sales", total + gap, table.sold, "the column of totals"))
    if table.made is not None:
        comparisons.append(("sales", total + gap, table.made, "the row of output"))
    if table.inputs:
        cost = table.intermediate.sum(0) + sum(table.inputs.values())
        against = table.made if table.made is not None else total + gap
        what = "the row of output" if table.made is not None else "its sales sum to"
        comparisons.append((f"purchases and {', '.join(table.inputs)}", cost, against, what))
    for what, ours, theirs, where in comparisons:
        difference = np.abs(ours - theirs)
        allowed = tolerance * np.maximum(np.abs(theirs), 1e-3 * np.abs(theirs).mean()) + 0.5
        wrong = difference > allowed
        if not wrong.any():
            continue
        i = int((difference - allowed).argmax())
        says = where if "sum" in where else f"{where} says"
        if not repairs.allowed:
            raise WorldError(
                f"{table.file}: the accounts of {table.cell(i)} do not balance: {what} sum to {ours[i]:,.6g}, {says} "
                f"{theirs[i]:,.6g} ({int(wrong.sum())} such cells; allowed {tolerance:.1%}). A shifted block or a wrong number "
                "does this. Correct the file, or pass repair=True to take the flows as they are and value added as the rest."
            )
        moved = float(difference[wrong].sum())
        notes.append(
            Adjustment(
                f"repair: accounts taken from the flows, against {where}", moved, int(wrong.sum()), 0.0
            )
        )


def _drop_empty(table: Table, notes: list[Adjustment]) -> None:
    """Countries that neither make nor use anything have no economy to solve for."""
    n, j = len(table.countries), len(table.sectors)
    z = table.intermediate
    makes = z.sum(1).reshape(n, j).sum(1) + table.final.sum((1, 2)).reshape(n, j).sum(1)
    buys = z.sum(0).reshape(n, j).sum(1) + np.abs(table.final).sum((0, 2))
    keep = (np.abs(makes) > 0) | (buys > 0)
    if keep.all():
        return
    gone = [c for c, k in zip(table.countries, keep, strict=True) if not k]
    cells = np.repeat(keep, j)
    table.intermediate = z[np.ix_(cells, cells)]
    table.final = table.final[cells][:, keep]
    table.inputs = {code: values[cells] for code, values in table.inputs.items()}
    table.countries = [c for c, k in zip(table.countries, keep, strict=True) if k]
    notes.append(
        Adjustment(f"left out: countries without any flow ({', '.join(gone)})", 0.0, len(gone) * j, 0.0)
    )


def _check_size(table: Table, year: int | None) -> None:
    """A whole world whose GDP is off by a factor of twenty is in another unit."""
    if year is None or ("RoW" not in table.countries and len(table.countries) < 150):
        return
    expected = float(np.interp(year, list(WORLD_GDP), list(WORLD_GDP.values())))
    gdp = float(table.final.sum())
    if not expected / 20 < gdp < expected * 20:
        raise WorldError(
            f"{table.file}: world final demand is {gdp:,.4g} million USD; about {expected:,.2g} is expected for {year}. The "
            "numbers seem to be in another unit (thousands, or billions)."
        )
