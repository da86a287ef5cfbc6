"""Commands on the war's resources: the budget line by line, how long it lasts, aid, what arms are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from multipolar.cli._shared import (
    AsJson,
    CsvFolder,
    err,
    out,
    print_json,
    print_table,
    records,
    say_written,
    use_compilation_cache,
    write_csv,
)
from multipolar.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.war import Levers

Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="LEVER=VALUE", help="Move a lever, e.g. urals_discount=30; repeatable."),
]


def register(app: typer.Typer) -> None:
    """Add this file's commands to `app`."""
    group = typer.Typer(help="The war's resources: Russia's budget, its years, aid to Ukraine, arms.")
    for command in (accounts, financing, aid, arms, levers):
        group.command()(command)
    app.add_typer(group, name="war", no_args_is_help=True)


def accounts(
    settings: Settings = None,
    scenario: Annotated[str | None, typer.Option(help="Let receipts follow this scenario's trade.")] = None,
    variant: Annotated[str | None, typer.Option(help="The scenario's variant that is meant.")] = None,
    reference: Annotated[
        str | None, typer.Option(help="The variant that stands for May 2024 (default: the baseline).")
    ] = None,
    every: Annotated[bool, typer.Option("--figures", help="Also list every figure used.")] = False,
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """Russia's energy receipts, budget and fund, line by line, in May 2024 or under levers.

    Example: multipolar war accounts --scenario beijing-2024 --variant oil-stop
    """
    from multipolar import war

    chosen = _levers(settings)
    effects = _effects(scenario, variant, reference, chosen.diversion)
    found = war.accounts(levers=chosen, effects=effects)
    frame = found.frame()
    files = write_csv(out_dir, {"accounts": frame, "validation": war.validation()})
    if as_json:
        print_json(
            {
                "levers": chosen.model_dump(), "effects": dict(found.effects), "lines": records(frame),
                "certificate": dict(found.certificate), "validation": records(war.validation()), "files": files,
            }
        )  # fmt: skip
        return
    lines = (*found.lines, *(found.inputs if every else ()))
    for section in dict.fromkeys(line.section for line in lines):
        out.print(f"\n[bold]{section}[/bold]")
        print_table(_lines([line for line in lines if line.section == section]))
    unconfirmed = found.line("balance").unconfirmed
    out.print(f"\nThe balance rests on unconfirmed figures: {', '.join(unconfirmed)}.", highlight=False)
    worst = max(found.certificate.values())
    out.print(f"certified: every sum holds to {worst:.0e} (allowed 1e-12)")
    say_written(files)


def financing(
    settings: Settings = None,
    draws: Annotated[int, typer.Option(min=100, help="Draws behind the ranges.")] = 4000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 2024,
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """Years of spending financed under each variant, with ranges, and what drives them.

    Example: multipolar war financing --set defence_spending=12
    """
    from multipolar import war

    chosen = _levers(settings)
    found = war.financing(levers=chosen, draws=draws, seed=seed)
    ranked = war.drivers("balance", chosen)
    files = write_csv(out_dir, {"financing": found.frame(), "drivers": ranked})
    if as_json:
        print_json(
            {
                "variants": records(found.frame()),
                "drivers": records(ranked),
                "draws": draws,
                "seed": seed,
                "files": files,
            }
        )
        return
    out.print("trillion roubles, years; in brackets 90 of 100 draws")
    print_table(_variants(found))
    out.print(
        "debt-free: fund over deficit; with debt: fund over what planned borrowing leaves; inf: nothing is left"
    )
    out.print(
        "\n[bold]What moves the balance most[/bold] (trillion roubles from low to high end of the figure)"
    )
    shown = ranked.head(8).assign(
        low=ranked["low"].map("{:.2f}".format), high=ranked["high"].map("{:.2f}".format)
    )
    print_table(shown.assign(swing=ranked["swing"].map("{:.2f}".format)))
    say_written(files)


def aid(settings: Settings = None, out_dir: CsvFolder = None, as_json: AsJson = False) -> None:
    """Aid to Ukraine by donor, and what its delay is in months of the war.

    Example: multipolar war aid --set aid_usa_delay=6
    """
    from multipolar import war

    found = war.aid(_levers(settings))
    files = write_csv(out_dir, {"aid": found.frame(), "aid_figures": war.figures("aid")})
    if as_json:
        print_json(
            {
                "donors": records(found.frame()),
                "missing": found.missing,
                "war_month": found.war_month,
                "files": files,
            }
        )
        return
    table = found.frame().drop(columns="key").round(2)
    out.print("billion USD a year; months of Ukraine's military resources that are missing, with range")
    print_table(table.rename(columns={"months_of_war": "months"}))
    out.print(
        f"missing in the year: {found.missing:.1f} billion USD; a month of the war is {found.war_month:.1f}"
    )
    out.print("Totals by donor country are not in these data.")
    say_written(files)


def arms(
    world: Annotated[str, typer.Option(help="A shipped world or a world file.")] = "world-2023",
    country: Annotated[str, typer.Option(help="Whose arms industries.")] = "RUS",
    out_dir: CsvFolder = None,
    as_json: AsJson = False,
) -> None:
    """Imported content of the industries that stand for arms.

    Example: multipolar war arms --country RUS
    """
    from multipolar import war
    from multipolar.world import load_world

    found = war.arms_content(load_world(world), country)
    frame = found.by_origin.rename_axis("origin").reset_index()
    files = write_csv(out_dir, {"arms": frame})
    if as_json:
        print_json({"country": country, "industries": list(found.industries), "imported": found.imported,
                    "direct": found.direct, "residual": found.residual, "by_origin": records(frame), "files": files})  # fmt: skip
        return
    out.print(f"{country}, table of {found.year}: {', '.join(found.industries)} stand for arms")
    out.print(f"imported content {found.imported:.1%} of output, {found.direct:.1%} in the first round")
    print_table(frame.head(10).assign(content=frame["content"].map("{:.2%}".format)))
    say_written(files)


def levers(as_json: AsJson = False) -> None:
    """List the levers with their values in May 2024."""
    from multipolar.war import Levers

    values = Levers().model_dump()
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        out.print(f"{name:18} {value:g}", highlight=False)


def _levers(settings: list[str] | None) -> Levers:
    from multipolar.war import levers_from

    given = {}
    for item in settings or []:
        name, sign, text = item.partition("=")
        try:
            given[name.strip()] = float(text)
        except ValueError:
            sign = ""
        if not sign:
            raise InputError(f"--set {item!r}: expected LEVER=NUMBER, as in urals_discount=30.")
    return levers_from(given)


def _effects(
    scenario: str | None, variant: str | None, reference: str | None, diversion: float
) -> dict[str, float] | None:
    if scenario is None:
        if variant or reference:
            raise InputError("--variant and --reference need --scenario.")
        return None
    if variant is None:
        raise InputError("--scenario needs --variant: whose trade shall the receipts follow?")
    from multipolar.scenario import load_scenario

    chosen = load_scenario(scenario)
    with err.status("loading", spinner="line") as status:
        use_compilation_cache()
        from multipolar import run
        from multipolar.war import effects_of
        from multipolar.world import load_world

        base = load_world(chosen.world)
        names = list(dict.fromkeys(name for name in (variant, reference) if name))
        outcomes = run(base, chosen, names, lambda name: status.update(f"solving {name}"))
        return effects_of(base, outcomes[variant], outcomes[reference] if reference else None, diversion)


def _lines(lines: list[Any]) -> pd.DataFrame:
    import pandas as pd

    rows = [(line.title, _number(line.value), line.unit, line.mark) for line in lines]
    return pd.DataFrame(rows, columns=["line", "value", "unit", "mark"])


def _variants(found: Any) -> pd.DataFrame:
    import pandas as pd

    def shown(variant: Any, key: str) -> str:
        low, high = variant.low[key], variant.high[key]
        return f"{variant.accounts[key]:.1f} \\[{low:.1f} {high:.1f}]"

    columns = {"balance": "balance", "debt-free": "years_without_borrowing", "with debt": "years"}
    rows = [
        [v.key, f"{v.accounts['oil_gas_revenue']:.1f}", *(shown(v, key) for key in columns.values())]
        for v in found.variants
    ]
    return pd.DataFrame(rows, columns=["variant", "oil, gas", *columns])


def _number(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
