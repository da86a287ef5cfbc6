"""Commands on scenarios: run them, rank what they hinge on, list, copy, describe the format."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from multipolar.cli._shared import (
    AsJson,
    err,
    out,
    print_json,
    print_table,
    records,
    say_written,
    use_compilation_cache,
)
from multipolar.errors import ScenarioError

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.outcome import Outcome
    from multipolar.scenario import Scenario

MOVERS = 6


def register(app: typer.Typer) -> None:
    """Add this file's commands to `app`."""
    for command in (run, sensitivities, scenarios, copy, schema):
        app.command()(command)


def run(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name or a YAML file.")],
    world: Annotated[
        str | None, typer.Option(help="Another baseline: a shipped world or a world file.")
    ] = None,
    variant: Annotated[list[str] | None, typer.Option(help="Only this variant; may be repeated.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Vary a number: measure-id.magnitude=0.2"),
    ] = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Write Parquet tables, run.json and report.html here.")
    ] = None,
    studies: Annotated[
        bool,
        typer.Option(
            "--studies/--no-studies",
            help="With --out: the scenario's studies and pages on its satellite models too, about a minute.",
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Solve a scenario and print who gains and who pays.

    Example: multipolar run beijing-2024 --out out --set friction-china-russia.magnitude=0.1
    """
    from multipolar.scenario import load_scenario

    began = time.perf_counter()
    chosen = load_scenario(scenario)
    if settings:
        chosen = chosen.with_settings(settings)
    for name in variant or []:
        if name not in chosen.variants:
            from multipolar.errors import unknown

            raise ScenarioError(f"--variant: {unknown('variant', name, chosen.variants)}")
    with err.status("loading", spinner="line") as status:
        use_compilation_cache()
        from multipolar._run import run as solve_all
        from multipolar.results import comparisons, run_record, write_results
        from multipolar.world import load_world

        base = load_world(world or chosen.world)
        outcomes = solve_all(base, chosen, variant or None, lambda name: status.update(f"solving {name}"))
        answers = comparisons(chosen, outcomes)
        files: list[Path] = []
        if out_dir is not None:
            found = None
            if studies:
                from multipolar.studies import study

                found = study(chosen, base, outcomes, lambda name: status.update(f"studying {name}"))
            status.update("writing results and report")
            record = run_record(chosen, base, outcomes)
            files = write_results(
                out_dir, scenario=chosen, world=base, outcomes=outcomes, record=record, studies=found
            )
    if as_json:
        result = {
            "scenario": chosen.name,
            "world": base.name,
            "variants": {
                name: {
                    "welfare": o.welfare.to_series().to_dict(),
                    "welfare_usd": o.welfare_usd.to_series().to_dict(),
                    "real_wages": o.real_wages.to_series().to_dict(),
                    "prices": o.prices.to_series().to_dict(),
                    "terms_of_trade": o.terms_of_trade.to_series().to_dict(),
                    "certificate": o.certificate.residuals,
                    "notes": list(o.notes),
                }
                for name, o in outcomes.items()
            },
            "comparisons": records(answers),
            "files": files,
        }
        print_json(result)
        return
    _print_outcomes(chosen, outcomes, answers)
    for note in dict.fromkeys(n for o in outcomes.values() for n in o.notes):
        out.print(f"[dim]note: {note}[/dim]")
    worst = max(o.certificate.worst for o in outcomes.values())
    seconds = time.perf_counter() - began
    out.print(f"certified: every equilibrium condition holds to {worst:.0e} (allowed 1e-09); {seconds:.1f} s")
    if files:
        out.print(f"written: {out_dir} (open {out_dir}/report.html)", soft_wrap=True)


def _print_outcomes(scenario: Scenario, outcomes: dict[str, Outcome], answers: pd.DataFrame) -> None:
    import pandas as pd

    frame = pd.DataFrame({name: 100 * o.welfare.to_series() for name, o in outcomes.items()})
    named = {c for item in scenario.comparisons for c in item.countries if c in frame.index}
    movers = frame.abs().max(axis=1).nlargest(MOVERS).index
    rows = [c for c in frame.index if c in named or c in movers]
    out.print(f"\n[bold]{scenario.title}[/bold]")
    out.print("welfare (equivalent variation), percent of baseline consumption")
    letters = {name: f"({chr(97 + i)})" for i, name in enumerate(outcomes)}
    names, at_once = list(outcomes), max(1, (out.width - 9) // 8)
    for first in range(0, len(names), at_once):
        shown = names[first : first + at_once]
        table = Table("country", *(letters[name] for name in shown), box=None, pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for country in rows:
            table.add_row(country, *(f"{frame.at[country, name]:+.2f}" for name in shown))
        out.print(table)
    for name, letter in letters.items():
        out.print(f"{letter} {name}: {scenario.variants[name].title}", highlight=False)
    if len(answers):
        out.print("\n[bold]Questions[/bold] (welfare in one variant less another, percentage points)")
        for _, rows in answers.groupby(["question", "of", "minus"], sort=False):
            question, of, minus = rows[["question", "of", "minus"]].iloc[0].tolist()
            figures = ", ".join(
                f"{r['country']} {100 * r['difference']:+.2f}" for r in rows.to_dict("records")
            )
            against = "" if minus == "baseline" else f" less {letters[minus]}"
            where = letters.get(of, "the world as it is")
            out.print(f"{question} [bold]{figures}[/bold] [dim]{where}{against}[/dim]", highlight=False)
    out.print()


def sensitivities(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name or a YAML file.")],
    comparison: Annotated[
        list[str] | None, typer.Option(help="Only this comparison; may be repeated.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Vary a number first.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Parameters shown for each comparison and country.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of them, machine-readable.")] = False,
) -> None:
    """Rank what each answer hinges on: magnitudes, trade elasticities, upper elasticities.

    Example: multipolar sensitivities beijing-2024 --comparison worth-to-russia
    """
    from multipolar.scenario import load_scenario

    chosen = load_scenario(scenario).with_settings(settings or [])
    known = [item.id for item in chosen.comparisons]
    for name in comparison or []:
        if name not in known:
            from multipolar.errors import unknown

            raise ScenarioError(f"--comparison: {unknown('comparison', name, known)}")
    kept = tuple(item for item in chosen.comparisons if not comparison or item.id in comparison)
    chosen = chosen.model_copy(update={"comparisons": kept})
    with err.status("loading", spinner="line") as status:
        use_compilation_cache()
        from multipolar._run import run as solve_all
        from multipolar.sensitivity import sensitivities as rank
        from multipolar.world import load_world

        needed = {v for item in kept for v in (item.of, item.minus)}
        outcomes = solve_all(
            load_world(chosen.world),
            chosen,
            [v for v in chosen.variants if v in needed],
            lambda name: status.update(f"solving {name}"),
        )
        status.update("differentiating")
        ranked = rank(chosen, outcomes)
    if as_json:
        print_json(records(ranked))
        return
    if not len(ranked):
        out.print("This scenario has no comparisons, so there is nothing to rank; add some to the file.")
        return
    for _, rows in ranked.groupby(["comparison", "country"], sort=False):
        out.print(f"\n[bold]{rows['question'].iloc[0]}[/bold] {rows['country'].iloc[0]}", highlight=False)
        table = Table("percentage points", "when", "moves by", "from", box=None, pad_edge=False)
        table.columns[0].justify = table.columns[3].justify = "right"
        for row in rows.head(top).to_dict("records"):
            table.add_row(
                f"{100 * row['effect']:+.4f}", row["description"], row["step"], f"{row['value']:.4g}"
            )
        out.print(table)


def scenarios(as_json: AsJson = False) -> None:
    """List the shipped scenarios."""
    from multipolar.scenario import shipped_scenarios

    print_table(shipped_scenarios(), as_json)


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors that complete YAML."""
    from multipolar.scenario import json_schema

    print_json(json_schema())


def copy(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name or a YAML file.")],
    file: Annotated[Path, typer.Argument(help="The new YAML file; it must not exist yet.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Vary a number: measure-id.magnitude=0.2"),
    ] = None,
) -> None:
    """Copy a scenario to a file of your own, comments and all, with numbers changed if you like.

    Example: multipolar copy beijing-2024 mine.yaml --set friction-china-russia.magnitude=0.05
    """
    from multipolar.scenario import copy_scenario

    copy_scenario(scenario, file, settings or [])
    say_written([file])
