"""Commands on worlds: what ships, what is in one, reading and writing tables, is a file sound?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from multipolar.cli._shared import AsJson, err, out, print_json, print_table, records, say_written

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world import Comparison, Profile, World

world = typer.Typer(help="Look into worlds, compare them, read and write tables.", no_args_is_help=True)

Format = Annotated[str | None, typer.Option("--format", help="The file's format, if it is not recognised.")]
Year = Annotated[int | None, typer.Option(help="The year wanted, in an archive or folder of several.")]
Euro = Annotated[float | None, typer.Option("--usd-per-eur", help="Dollars for a euro, for tables in euros.")]
Theta = Annotated[
    str | None,
    typer.Option("--elasticity", help="Trade elasticities: a shipped set or one number for all sectors."),
]
Repair = Annotated[
    bool, typer.Option("--repair", help="Mend what can be mended (2% of output at most) and record it.")
]


def register(app: typer.Typer) -> None:
    """Add this file's commands to `app`."""
    for command in (worlds, groups, check):
        app.command()(command)
    for command in (show, compare, export, read):
        world.command()(command)
    app.add_typer(world, name="world")


def worlds(as_json: AsJson = False) -> None:
    """List the shipped worlds."""
    from multipolar.world import shipped_worlds

    print_table(shipped_worlds(), as_json)


def groups(
    classification: Annotated[
        str | None,
        typer.Option(help="Sector codes of this classification: icio, nace2-64, wiod2016, eora26, ..."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List named groups of countries and sectors.

    Example: multipolar groups --classification icio
    """
    import pandas as pd

    from multipolar.world import concordance, country_group, describe_groups, sector_group

    known = None if classification is None else concordance(classification).index
    rows = []
    for part, found in describe_groups().items():
        for name, group in found.items():
            if part == "countries":
                codes = country_group(name)
            elif known is not None:
                codes = sector_group(name, known)
            else:
                codes = [c for kind in ("wiod2013", "caliendo-parro") for c in group["codes"].get(kind, [])]
            rows.append({"group": name, "title": group["title"], "members": " ".join(codes)})
    print_table(pd.DataFrame(rows), as_json)


def check(
    file: Annotated[
        Path, typer.Argument(help="A scenario (.yaml), a world (.npz) or a table (file, zip, folder).")
    ],
    format: Format = None,
    year: Year = None,
    usd_per_eur: Euro = None,
    elasticity: Theta = None,
    repair: Repair = False,
    as_json: AsJson = False,
) -> None:
    """Check a scenario, a world or a published table and say in words what it holds.

    Example: multipolar check ICIO2023.zip --year 2020 --repair
    """
    if file.suffix in (".yaml", ".yml"):
        from multipolar.scenario import compile_measures, load_scenario
        from multipolar.world import load_world

        found = load_scenario(file)
        base = load_world(found.world)
        for name in found.variants:
            compile_measures(base, found.variant_measures(name))
        facts: dict[str, Any] = {
            "file": str(file), "kind": "scenario", "name": found.name, "world": found.world,
            "measures": len(found.measures), "variants": list(found.variants),
        }  # fmt: skip
    else:
        facts = _facts(file, _read(file, format, year, usd_per_eur, elasticity, repair))
    if as_json:
        print_json(facts)
        return
    _print_facts(facts)
    out.print("ok")


def show(
    name: Annotated[str, typer.Argument(metavar="WORLD", help="A shipped world, a world file or a table.")],
    country: Annotated[
        str | None, typer.Argument(help="A country's code; without it, the largest countries.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Rows of each table.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show a world, or a country's partners, sectors and balance in it; trade as of the baseline.

    Example: multipolar world show wiod-2011 RUS
    """
    from multipolar.world import profile

    base = _open(name)
    if country is None:
        frame = base.summary().sort_values("gdp", ascending=False)
        if as_json:
            print_json({"world": base.name, "year": base.year, "countries": records(frame.reset_index())})
            return
        out.print(
            f"[bold]{base.name}[/bold], {base.year}: {len(base.countries)} countries, {len(base.sectors)} sectors"
        )
        out.print("billion USD; openness is half of exports and imports over GDP\n")
        _print_money(frame.head(top), ["gdp", "exports", "imports", "deficit"], ["openness"])
        return
    found = profile(base, country)
    if as_json:
        print_json(
            {
                "world": found.world, "year": base.year, "country": found.country, "name": found.name,
                "totals": found.totals, "partners": records(found.partners.reset_index()), "sectors": records(found.sectors.reset_index()),
            }
        )  # fmt: skip
        return
    _print_profile(found, base.year, top)


def compare(
    first: Annotated[str, typer.Argument(help="A shipped world, a world file or a table.")],
    second: Annotated[str, typer.Argument(help="Another.")],
    country: Annotated[str | None, typer.Option(help="This country's trade by partner in both.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Rows of the table.")] = 15,
    as_json: AsJson = False,
) -> None:
    """Compare two worlds, or one country's trade in them.

    Example: multipolar world compare wiod-2000 wiod-2011 --country RUS
    """
    from multipolar.world import compare as compare_worlds

    found = compare_worlds(_open(first), _open(second), country)
    if as_json:
        print_json(
            {
                "first": found.first, "second": found.second, "same_sectors": found.same_sectors,
                "only_first": found.only_first, "only_second": found.only_second,
                "countries": records(found.countries.reset_index()),
                "partners": None if found.partners is None else records(found.partners.reset_index()),
            }
        )  # fmt: skip
        return
    _print_comparison(found, country, top)


def export(
    name: Annotated[str, typer.Argument(metavar="WORLD", help="A shipped world, a world file or a table.")],
    to: Annotated[Path, typer.Option(help="FILE.parquet, .csv, .nc, .npz, or a folder for pymrio.")],
) -> None:
    """Write a world for other programs, in the kind the name says; whole or not at all.

    Example: multipolar world export wiod-2011 --to wiod.parquet
    """
    say_written([_open(name).export(to)])


def read(
    file: Annotated[Path, typer.Argument(help="A published table: file, zip or folder.")],
    to: Annotated[Path, typer.Option("--out", help="The world file to write (.npz).")],
    format: Format = None,
    year: Year = None,
    usd_per_eur: Euro = None,
    elasticity: Theta = None,
    repair: Repair = False,
    as_json: AsJson = False,
) -> None:
    """Read a table of OECD ICIO, WIOD, FIGARO, EXIOBASE, Eora26 or the tidy layout into a world file.

    Example: multipolar world read 2020_SML.csv --out icio-2020.npz --repair
    """
    loaded = _read(file, format, year, usd_per_eur, elasticity, repair)
    facts = _facts(file, loaded) | {"written": str(loaded.save(to))}
    if as_json:
        print_json(facts)
        return
    _print_facts(facts)


def _open(name: str) -> World:
    """A shipped world or world file by name, or any table by path."""
    from multipolar.world import load_world, shipped_worlds

    path = Path(name)
    if name in set(shipped_worlds()["world"]) or not path.exists() or path.suffix == ".npz":
        return load_world(name)
    return _read(path)


def _read(
    file: Path, format: str | None = None, year: int | None = None, usd_per_eur: float | None = None,
    elasticity: str | None = None, repair: bool = False,
) -> World:  # fmt: skip
    from multipolar.world.readers import read_table

    try:
        theta: Any = None if elasticity is None else float(elasticity)
    except ValueError:
        theta = elasticity
    with err.status("reading", spinner="line") as status:
        return read_table(
            file, format, year=year, usd_per_eur=usd_per_eur, trade_elasticity=theta, repair=repair,
            progress=lambda what, part: status.update(f"reading {Path(what).name} {part:.0%}"),
        )  # fmt: skip


def _facts(file: Path, loaded: World) -> dict[str, Any]:
    return {
        "file": str(file),
        "kind": "world",
        "source": str(loaded.provenance.get("short", loaded.name)),
        "name": loaded.name,
        "year": loaded.year,
        "countries": len(loaded.countries),
        "sectors": len(loaded.sectors),
        "gdp_million_usd": round(float(loaded.gdp_values.sum())),
        "sectors_without_output": int((loaded.output_values == 0).sum()),
        "trade_elasticity": str(loaded.provenance.get("trade_elasticity", "in the file")),
        "adjustments": [
            f"{a.what}: {a.moved:,.0f} million USD in {a.cells} cells" for a in loaded.adjustments
        ],
    }


def _print_facts(facts: dict[str, Any]) -> None:
    for key, value in facts.items():
        if isinstance(value, list) and key == "adjustments":
            out.print(f"{key}: {'none' if not value else ''}", highlight=False)
            for line in value:
                out.print(f"- {line}", highlight=False)
            continue
        text = ", ".join(value) if isinstance(value, list) else value
        out.print(f"{key}: {text}", highlight=False, soft_wrap=key in ("file", "written"))


def _print_profile(found: Profile, year: int | None, top: int) -> None:
    t = found.totals
    out.print(f"[bold]{found.name}[/bold] in {found.world}, {year}; billion USD", highlight=False)
    out.print(
        f"GDP {t['gdp'] / 1e3:,.1f} ({t['share_of_world_gdp']:.1%} of the world), exports {t['exports'] / 1e3:,.1f}, "
        f"imports {t['imports'] / 1e3:,.1f}, deficit {t['deficit'] / 1e3:+,.1f}, openness {t['openness']:.0%}\n",
        highlight=False,
    )
    _print_money(
        found.partners.head(top),
        ["exports", "imports", "balance"],
        ["share_of_exports", "share_of_imports"],
        "partner",
    )
    sold = found.sectors.sort_values("exports", ascending=False).head(top)
    out.print("\n[bold]sells abroad[/bold]")
    _print_sectors(sold, "exports", "customer", t["exports"])
    bought = found.sectors.sort_values("imports", ascending=False).head(top)
    out.print("\n[bold]buys abroad[/bold]")
    _print_sectors(bought, "imports", "supplier", t["imports"])


def _print_sectors(frame: pd.DataFrame, flow: str, side: str, total: float) -> None:
    table = Table("sector", "", flow, "share", f"main {side}", "its part", box=None, pad_edge=False)
    for k in (2, 3, 5):
        table.columns[k].justify = "right"
    for code, row in frame.to_dict("index").items():
        name = "" if row["name"] == code else row["name"]
        table.add_row(
            _short(code, 24 if name else 36), _short(name, 30 if len(str(code)) < 9 else 12), f"{row[flow] / 1e3:,.1f}",
            f"{row[flow] / (total or 1):.0%}", row[f"main_{side}"], f"{row[f'{side}_share']:.0%}",
        )  # fmt: skip
    out.print(table)


def _print_money(frame: pd.DataFrame, money: list[str], shares: list[str], label: str = "country") -> None:
    heads = [s.replace("share_of_", "% of ").replace("_", " ") for s in shares]
    table = Table(label, "", *money, *heads, box=None, pad_edge=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for code, row in frame.to_dict("index").items():
        figures = [f"{row[m] / 1e3:,.1f}" for m in money] + [f"{row[s]:.0%}" for s in shares]
        table.add_row(str(code), _short(row["name"], 16), *figures)
    out.print(table)


def _print_comparison(found: Comparison, country: str | None, top: int) -> None:
    out.print(
        f"[bold]{found.first}[/bold] (a) and [bold]{found.second}[/bold] (b); billion USD", highlight=False
    )
    for which, codes in (("a", found.only_first), ("b", found.only_second)):
        if codes:
            out.print(f"only in ({which}): {_short(' '.join(codes), 400)}", highlight=False)
    if not found.same_sectors:
        out.print("the sectors differ; totals are compared")
    out.print()
    if found.partners is not None:
        table = Table(f"{country}'s partner", "exports a", "b", "imports a", "b", box=None, pad_edge=False)
        for code, row in found.partners.head(top).to_dict("index").items():
            table.add_row(str(code), *(f"{v / 1e3:,.1f}" for v in row.values()))
    else:
        table = Table(
            "country", "GDP a", "b", "b/a", "exports a", "b", "b/a", "same partners", box=None, pad_edge=False
        )
        for code, row in (
            found.countries.sort_values("gdp_second", ascending=False).head(top).to_dict("index").items()
        ):
            table.add_row(
                str(code), f"{row['gdp_first'] / 1e3:,.0f}", f"{row['gdp_second'] / 1e3:,.0f}", f"{row['gdp_ratio']:.2f}",
                f"{row['exports_first'] / 1e3:,.0f}", f"{row['exports_second'] / 1e3:,.0f}", f"{row['exports_ratio']:.2f}",
                f"{row['same_partners']:.0%}",
            )  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    out.print(table)


def _short(text: Any, length: int) -> str:
    text = str(text)
    return text if len(text) <= length else text[: length - 1] + "…"
