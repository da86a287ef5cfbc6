"""The command on dependence: who loses what without whom, through which inputs."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from multipolar.cli._shared import AsJson, err, out, print_json, records, say_written, use_compilation_cache

if TYPE_CHECKING:
    import pandas as pd

MATRIX = 7
ROWS = 12


def register(app: typer.Typer) -> None:
    """Add this file's command to `app`."""
    app.command()(exposure)


def exposure(
    world: Annotated[str, typer.Argument(help="A shipped world or a world file.")],
    countries: Annotated[
        list[str] | None, typer.Argument(help="Countries and groups, e.g. RUS CHN EU27; none means all.")
    ] = None,
    partners: Annotated[
        bool, typer.Option("--partners", help="Against every other country too, not only each other.")
    ] = False,
    sector: Annotated[
        list[str] | None, typer.Option(help="Stop trade in this sector or group only; may be repeated.")
    ] = None,
    horizon: Annotated[str, typer.Option(help="What has time to adjust: short, medium or long.")] = "medium",
    out_dir: Annotated[Path | None, typer.Option("--out", help="Write Parquet tables here.")] = None,
    as_json: AsJson = False,
) -> None:
    """What each country loses when trade with each other one stops; who has leverage; chokepoints.

    Example: multipolar exposure wiod-2011 RUS CHN EU27 USA --horizon short
    """
    began = time.perf_counter()
    with err.status("loading", spinner="line") as status:
        use_compilation_cache()
        from multipolar.results import write_table
        from multipolar.strategy import actors_of, chokepoints, dependence, input_reliance
        from multipolar.strategy._study import COLUMNS, tidy
        from multipolar.world import load_world

        base = load_world(world)
        named = actors_of(base, countries or None)
        actors = [*named, *_others(base, named)] if partners else list(named)
        found = dependence(
            base,
            actors,
            sectors=tuple(sector or ()),
            horizon=horizon,
            progress=lambda done, total: status.update(f"embargo {done} of {total}"),
        )
        status.update("inputs")
        rows = tidy(found)
        tables = {
            "dependence": rows[rows["country"].isin(list(named)) | rows["partner"].isin(list(named))],
            "inputs": input_reliance(base, actors).drop_vars("output").to_dataframe().reset_index(),
            "chokepoints": chokepoints(base, list(named)),
        }
        files = (
            [write_table(out_dir / f"{name}.parquet", table, COLUMNS) for name, table in tables.items()]
            if out_dir
            else []
        )
    facts = {**found.attrs, "residual": float(found.residual.max()), "files": files}
    if as_json:
        shown = {name: records(tables[name]) for name in ("dependence", "chokepoints")}
        print_json({**facts, **shown})
        return
    what = f"trade in {', '.join(sector)}" if sector else "all trade"
    out.print(f"\n[bold]What each loses when {what} of the two stops[/bold]")
    out.print(f"welfare, percent of baseline consumption; {base.name}, horizon {horizon}\n")
    if len(actors) <= MATRIX:
        _print_matrix(found)
    _print_leverage(tables["dependence"])
    _print_chokepoints(tables["chokepoints"])
    for problem in sorted(set(tables["dependence"]["problem"]) - {""}):
        out.print(f"[dim]not solved: {problem}[/dim]", highlight=False)
    seconds = time.perf_counter() - began
    out.print(
        f"certified: {facts['embargoes'] - facts['failed']} of {facts['embargoes']} embargoes, every condition to "
        f"{facts['residual']:.0e} (allowed 1e-09); {seconds:.1f} s",
        highlight=False,
    )
    say_written([out_dir] if out_dir else [])


def _others(base: Any, named: dict[str, Any]) -> list[str]:
    return [code for i, code in enumerate(base.countries) if not any(mask[i] for mask in named.values())]


def _print_matrix(found: Any) -> None:
    table = Table("loses, without", *found.partner.values.tolist(), box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for country in found.country.values.tolist():
        row = found.welfare.sel(country=country).values
        table.add_row(country, *("" if math.isnan(value) else f"{100 * value:+.2f}" for value in row))
    out.print(table)


def _print_leverage(rows: pd.DataFrame) -> None:
    out.print("\n[bold]Leverage[/bold]: the other's loss less the own, percentage points")
    table = Table("of", "over", "own", "other", "leverage", box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for row in rows.query("leverage >= 0").nlargest(ROWS, "leverage").to_dict("records"):
        own, more = 100 * row["welfare"], 100 * row["leverage"]
        table.add_row(row["country"], row["partner"], f"{own:+.2f}", f"{own - more:+.2f}", f"{more:.2f}")
    out.print(table)


def _print_chokepoints(rows: pd.DataFrame) -> None:
    out.print(
        "\n[bold]Chokepoints[/bold]: inputs with one dominant foreign supplier, hard to replace; percent"
    )
    table = Table(
        "buyer", "input", "supplier", "of imports", "of all", "elasticity", "cost", box=None, pad_edge=False
    )
    for column in table.columns[3:]:
        column.justify = "right"
    for row in rows.head(ROWS).to_dict("records"):
        shares = (f"{100 * row[name]:.1f}" for name in ("import_share", "share"))
        table.add_row(
            row["country"], row["sector"], row["supplier"], *shares, f"{row['trade_elasticity']:.1f}", f"{100 * row['cost_rise']:.3f}"
        )  # fmt: skip
    out.print(table if len(rows) else "none by these thresholds")
    out.print()
