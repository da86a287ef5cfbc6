"""The accounts of one year: every line with value, unit, formula, source and mark; the sums certified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multipolar.errors import NotConvergedError
from multipolar.war._economy import effects_of
from multipolar.war._inputs import MARKS, figures, inputs
from multipolar.war._levers import LEVER_OF, Levers
from multipolar.war._lines import IDENTITIES, LINES, NO_EFFECTS, chosen, compute

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.outcome import Outcome
    from multipolar.world import World

TOLERANCE = 1e-12


@dataclass(frozen=True)
class Line:
    """One line. `mark` is that of the worst figure it rests on, and `unconfirmed` names those to be checked."""

    key: str
    section: str
    title: str
    value: float
    unit: str
    formula: str
    source: str
    status: str
    mark: str
    unconfirmed: tuple[str, ...]


@dataclass(frozen=True)
class Accounts:
    """One year of Russia's energy exports, budget and fund, as of May 2024 but for the `levers` and the economy's
    `effects` (each product's export relative to the accounts' own; `arms_price`, the price of what arms are made of).

    `certificate`: the relative residual of each sum, recomputed from the lines, and of the calibration.
    """

    lines: tuple[Line, ...]
    inputs: tuple[Line, ...]
    levers: Levers
    effects: Mapping[str, float]
    certificate: Mapping[str, float]

    def __getitem__(self, key: str) -> float:
        """The value of a line or an input by key."""
        return next(line.value for line in (*self.lines, *self.inputs) if line.key == key)

    def line(self, key: str) -> Line:
        return next(line for line in (*self.lines, *self.inputs) if line.key == key)

    def frame(self) -> pd.DataFrame:
        """Lines first, then the figures they rest on: one row each, for auditing."""
        import pandas as pd

        rows = [
            vars(line) | {"unconfirmed": " ".join(line.unconfirmed)} for line in (*self.lines, *self.inputs)
        ]
        return pd.DataFrame(rows)


def accounts(
    world: World | None = None,
    outcome: Outcome | None = None,
    levers: Levers | None = None,
    reference: Outcome | None = None,
    *,
    effects: Mapping[str, float] | None = None,
) -> Accounts:
    """The accounts under `levers` (default: May 2024), certified.

    With an `outcome`, each product's export quantity changes as the value of Russia's exports of its sector does
    in it (mining for crude and gas, gas by destination; refined petroleum for products), relative to `reference`,
    an outcome of the same world that stands for May 2024, or to the outcome's own baseline. Defence spending
    changes with the price of arms inputs (`arms_price`). `world` defaults to the outcome's; `effects` may be given in place of an outcome.

    Raises `WorldError` if the world has no Russia or no such sectors, `NotConvergedError` if a sum is off.
    """
    levers = levers or Levers()
    if outcome is not None:
        effects = effects_of(world or outcome.world, outcome, reference, levers.diversion)
    effects = NO_EFFECTS if effects is None else effects
    values = chosen(levers)
    computed = {key: float(value) for key, value in compute(values, effects).items()}
    used = _inputs(values)
    marks = {line.key: (line.mark, line.unconfirmed) for line in used}
    lines = []
    for spec in LINES:
        below = [marks[key] for key in spec.of]
        unconfirmed = tuple(dict.fromkeys(key for _, keys in below for key in keys))
        mark = max((mark for mark, _ in below), key=MARKS.index)
        taken_over = len(spec.of) == 1
        marks[spec.key] = (mark if taken_over else max(mark, "derived", key=MARKS.index), unconfirmed)
        lines.append(
            Line(spec.key, spec.section, spec.title, computed[spec.key], spec.unit, spec.formula,
                 "computed from " + ", ".join(spec.of), "estimated", marks[spec.key][0], unconfirmed)
        )  # fmt: skip
    certificate = _certify(values, computed)
    worst = max(certificate, key=certificate.__getitem__)
    if not certificate[worst] <= TOLERANCE:
        raise NotConvergedError(
            f"the war accounts do not add up: {worst} is off by {certificate[worst]:.1e}, at most {TOLERANCE:.0e} "
            "is allowed.",
            dict(certificate),
        )
    return Accounts(tuple(lines), used, levers, dict(effects), certificate)


def validation() -> pd.DataFrame:
    """How the tax take found in 2023 does in other years: oil and gas revenue predicted from that year's prices and
    volumes, against the budget's, trillion RUB. Columns: `year`, `predicted`, `budget`, `error` (fraction), `kind`,
    `mark`, `note`."""
    import pandas as pd

    base = {key: item.value for key, item in inputs().items()} | {"cap_enforcement": 0.0}
    rows = figures("collected")
    rows = pd.DataFrame(rows[rows["use"] == "validation"])
    groups: dict[tuple[int, str], dict[str, dict[str, Any]]] = {}
    for row in rows.to_dict("records"):
        groups.setdefault((int(row["year"]), row["kind"]), {})[row["measure"]] = row
    found = []
    for (year, kind), group in groups.items():
        given = {measure: float(row["value"]) for measure, row in group.items()}
        budget, given["brent"] = given.pop("oil_gas_revenue"), given.pop("urals")
        predicted = float(compute({**base, "urals_discount": 0.0, **given})["oil_gas_revenue"])
        mark = max((row["mark"] for row in group.values()), key=MARKS.index)
        note = group["oil_gas_revenue"]["note"]
        found.append((year, predicted, budget, predicted / budget - 1, kind, mark, note))
    return pd.DataFrame(found, columns=["year", "predicted", "budget", "error", "kind", "mark", "note"])


def defence_compared() -> pd.DataFrame:
    """Russia's defence spending as the budget's chapter and as SIPRI counts it. SIPRI counts more than the chapter:
    paramilitary forces, pensions, other chapters.

    Columns: `year`, `measure`, `kind`, `trillion_rub`, `billion_usd`, `published_in`, `mark`, `source`. `mark` is of the
    figure as published; the other currency is converted at the year's rate, unconfirmed for 2022 and 2023."""
    import pandas as pd

    of_2022 = next(
        row
        for row in figures("collected").to_dict("records")
        if int(row["year"]) == 2022 and row["measure"] == "exchange_rate"
    )
    rates = {
        2022: float(of_2022["value"]),
        2023: inputs()["exchange_rate_2023"].value,
        2024: inputs()["exchange_rate"].value,
    }
    rows = []
    for table in ("budget", "military", "collected"):
        for row in figures(table).to_dict("records"):
            year, unit, value = int(row["year"]), row["unit"], float(row["value"])
            ours = row["party"] == "RUS" and (table == "military" or "national defence" in row["measure"])
            if not ours or year not in rates or unit not in ("trillion RUB", "billion current USD"):
                continue
            roubles = value if unit == "trillion RUB" else value * rates[year] / 1000
            measure = "military spending (SIPRI)" if table == "military" else row["measure"]
            when = row["kind"] if row["period"] in ("", str(year)) else f"{row['kind']}, {row['period']}"
            rows.append(
                (
                    year,
                    measure,
                    when,
                    roubles,
                    1000 * roubles / rates[year],
                    row["unit"],
                    row["mark"],
                    row["source"],
                )
            )
    columns = ["year", "measure", "kind", "trillion_rub", "billion_usd", "published_in", "mark", "source"]
    return pd.DataFrame(rows, columns=columns).sort_values("year", kind="stable").reset_index(drop=True)


def _inputs(values: Mapping[str, float]) -> tuple[Line, ...]:
    moved = {key: lever for lever, key in LEVER_OF.items()}
    out = []
    for key, item in inputs().items():
        title = key.replace("_", " ")
        if key in moved and values[key] != item.value:
            source, status, mark = f"lever {moved[key]}", "assumed", "chosen"
        else:
            source, status, mark = item.source, item.status, item.mark
        unconfirmed = (key,) if mark == "unconfirmed" else ()
        out.append(
            Line(key, "Figures used", title, values[key], item.unit, "", source, status, mark, unconfirmed)
        )
    return tuple(out)


def _certify(values: Mapping[str, float], computed: Mapping[str, float]) -> dict[str, float]:
    """Relative residuals: each total against its parts; the tax take put back into 2023."""
    residuals = {}
    for total, parts in IDENTITIES.items():
        size = max(abs(computed[total]), *(abs(computed[key]) for _, key in parts), 1e-300)
        residuals[total] = abs(computed[total] - sum(sign * computed[key] for sign, key in parts)) / size
    year = {key.removesuffix("_2023"): value for key, value in values.items() if key.endswith("_2023")}
    back = compute(
        {**values, **year, "brent": values["urals_2023"], "urals_discount": 0.0, "cap_enforcement": 0.0}
    )
    target = values["oil_gas_revenue_2023"]
    residuals["oil_gas_revenue_2023"] = abs(float(back["oil_gas_revenue"]) - target) / target
    return residuals
