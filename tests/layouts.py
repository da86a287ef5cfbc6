"""Writes a random balanced world in the layout of each published table, as its publisher lays it out."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.worlds import random_world

ISO2 = {"USA": "US", "CHN": "CN", "MEX": "MX", "DEU": "DE", "GRC": "EL", "ROU": "RO", "RoW": "FIGW1"}
# Shares of consumption and of investment that go to the categories of a table; inventories fall.
CONSUMPTION, INVESTMENT = (0.6, 0.05, 0.3, 0.05), (1.08, -0.08)


@dataclass
class Laid:
    """A world as arrays: `z[origin, sector, destination, user]` and `f[origin, sector, destination, consumption/investment]`."""

    countries: list[str]
    sectors: list[str]
    z: np.ndarray
    f: np.ndarray
    tax_share: float = 0.1  # of output less purchases

    @property
    def output(self) -> np.ndarray:
        return (self.z.sum((2, 3)) + self.f.sum((2, 3))).ravel()

    @property
    def rest(self) -> np.ndarray:
        return self.output - self.z.sum((0, 1)).ravel()

    def matrix(self) -> np.ndarray:
        size = len(self.output)
        return self.z.reshape(size, size)


def laid(seed: int, countries: list[str], sectors: list[str], gdp: float = 6e7) -> Laid:
    """A random world of that size in million USD."""
    world = random_world(seed, len(countries), len(sectors))
    scale = gdp / world.final_values.sum()
    return Laid(countries, sectors, world.intermediate_values * scale, world.final_values * scale)


def icio(
    world: Laid, path: Path, *, split: bool = False, total: str = "OUT", uses=("HFCE", "NPISH", "GGFC", "DPABR", "GFCF", "INVNT")
) -> Path:  # fmt: skip
    """`YEAR_SML.csv`: labels COUNTRY_SECTOR, final demand COUNTRY_USE, rows TLS, VA, OUT, column OUT.

    With `split` as in the extended tables: CHN and MEX are zero, their flows are in CN1, CN2, MX1, MX2 behind all countries.
    """
    names = ["ROW" if c == "RoW" else c for c in world.countries]
    order = ["HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR"]
    share = dict(zip(uses, [*CONSUMPTION, *INVESTMENT], strict=True))
    size, j = len(world.output), len(world.sectors)
    z, f = world.matrix(), world.f.reshape(size, len(names), 2)
    parts = [(c, i, 1.0) for i, c in enumerate(names)]
    if split:
        for whole, pieces in (("CHN", ("CN1", "CN2")), ("MEX", ("MX1", "MX2"))):
            if whole in names:
                i = names.index(whole)
                parts[i] = (whole, i, 0.0)
                parts += [(pieces[0], i, 0.3), (pieces[1], i, 0.7)]
    labels = [f"{c}_{s}" for c, _, _ in parts for s in world.sectors]
    at = np.array([i * j + k for _, i, _ in parts for k in range(j)])
    weight = np.array([w for _, _, w in parts for _ in range(j)])
    final = np.stack(
        [
            f[:, i, 0 if u not in ("GFCF", "INVNT") else 1] * share[u]
            for i in range(len(names))
            for u in order
        ],
        1,
    )
    body = np.hstack([z[np.ix_(at, at)] * weight[:, None] * weight, final[at] * weight[:, None]])
    tls = np.append(world.tax_share * world.rest[at] * weight, np.full(len(names) * len(order), 5.0))
    va = np.append((1 - world.tax_share) * world.rest[at] * weight, np.zeros(len(names) * len(order)))
    out = np.append(world.output[at] * weight, np.zeros(len(names) * len(order)))
    header = ["V1", *labels, *(f"{c}_{u}" for c in names for u in order), total]
    rows = [[x, *row, row.sum()] for x, row in zip(labels, body, strict=True)]
    rows += [[x, *row, row.sum()] for x, row in (("TLS", tls), ("VA", va), ("OUT", out))]
    return _csv(path, [header, *rows])


def wiod(world: Laid, path: Path, edition: str) -> Path:
    """The sheet of a WIOT: two lines of title, four of labels (code, name, country, number), totals beneath; .csv or .xlsx."""
    size, j, n = len(world.output), len(world.sectors), len(world.countries)
    names = ["ROM" if c == "ROU" and edition == "2013" else c for c in world.countries]
    f = world.f.reshape(size, n, 2)
    if edition == "2013":
        from multipolar.world._data import path as data

        with data("wiod2013/industries.csv").open(encoding="utf-8") as handle:
            nace = {r["industry"]: r["nace_rev1"] for r in csv.DictReader(handle)}
        codes, numbers = [nace[s] for s in world.sectors], world.sectors
        uses = [("", f"c{k}") for k in (37, 38, 39, 41, 42)]
        foot = [
            ("r60", "Total intermediate consumption"),
            ("r61", "taxes"),
            ("r65", "Value added"),
            ("r69", "Output"),
        ]
    else:
        codes, numbers = world.sectors, [f"c{k + 1}" for k in range(j)]
        uses = [(u, f"c{57 + k}") for k, u in enumerate(("CONS_h", "CONS_np", "CONS_g", "GFCF", "INVEN"))]
        foot = [
            ("II_fob", "Total intermediate consumption"),
            ("TXSP", "taxes"),
            ("VA", "Value added"),
            ("GO", "Output"),
        ]
    share = [0.65, 0.05, 0.3, *INVESTMENT]
    final = np.stack([f[:, i, 0 if k < 3 else 1] * share[k] for i in range(n) for k in range(5)], 1)
    top = [
        [*codes * n, *(u for _ in range(n) for u, _ in uses), "GO" if edition == "2016" else ""],
        [*(f"name of {c}" for c in codes * n), *("use" for _ in range(n * 5)), "Total output"],
        [*(c for c in names for _ in range(j)), *(c for c in names for _ in range(5)), "TOT"],
        [*numbers * n, *(c for _ in range(n) for _, c in uses), "c43" if edition == "2013" else "c62"],
    ]
    width = len(top[0])
    rows: list[list] = [
        ["Intercountry Input-Output Table", "", "", "", *[""] * width],
        ["in 2014", "", "", "", *[""] * width],
    ]
    corner = (
        ["IndustryCode", "IndustryDescription", "Country", "RNr"]
        if edition == "2016"
        else ["(industry-by-industry)", "", "", ""]
    )
    rows += [[*(corner if k == 3 else [""] * 4), *line] for k, line in enumerate(top)]
    flat = np.hstack([world.matrix(), final, world.output[:, None]])
    for i, values in enumerate(flat):
        k = i % j
        rows.append([codes[k], f"name of {codes[k]}", names[i // j], f"r{numbers[k][1:]}", *values])
    inputs = [
        world.z.sum((0, 1)).ravel(),
        world.tax_share * world.rest,
        (1 - world.tax_share) * world.rest,
        world.output,
    ]
    for (code, name), values in zip(foot, inputs, strict=True):
        number = code if edition == "2013" else "r65"
        rows.append([code if edition == "2016" else "", name, "TOT", number, *values, *[""] * (width - size)])
    if path.suffix == ".xlsx":
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("2014")
        for row in rows:
            sheet.append([float(c) if isinstance(c, np.floating) else c for c in row])
        book.save(path)
        return path
    return _csv(path, [[0.0 if c == "" and r > 5 else c for c in row] for r, row in enumerate(rows)])


FIGARO_USES = ("P3_S13", "P3_S14", "P3_S15", "P51G", "P5M")
FIGARO_ROWS = ("D21X31", "OP_RES", "OP_NRES", "D1", "D29X39", "B2A3G")


def figaro(world: Laid, path: Path, *, flat: bool, usd_per_eur: float) -> Path:
    """`matrix_eu-ic-io_ind-by-ind_26ed_YEAR.csv` or `flatfile_...`, million EUR."""
    n, size = len(world.countries), len(world.output)
    names = [ISO2[c] for c in world.countries]
    f = world.f.reshape(size, n, 2) / usd_per_eur
    share = (0.3, 0.65, 0.05, *INVESTMENT)
    final = np.stack([f[:, i, 0 if k < 3 else 1] * share[k] for i in range(n) for k in range(5)], 1)
    body = np.hstack([world.matrix() / usd_per_eur, final])
    rest = world.rest / usd_per_eur
    parts = (world.tax_share, 0.02, -0.02, 0.5, 0.1, 0.4 - world.tax_share)
    below = [np.append(p * rest, np.full(n * 5, 1.0)) for p in parts]
    cells = [(c, s) for c in names for s in world.sectors]
    columns = [*cells, *((c, u) for c in names for u in FIGARO_USES)]
    rows = [
        *zip(cells, body, strict=True),
        *((("W2", r), v) for r, v in zip(FIGARO_ROWS, below, strict=True)),
    ]
    if not flat:
        header = ["rowLabels", *("_".join(c) for c in columns)]
        return _csv(path, [header, *(["_".join(key), *values] for key, values in rows)])
    lines: list[list] = [["icioiRow", "icioiCol", "refArea", "rowIi", "counterpartArea", "colIi", "obsValue"]]
    for key, values in rows:
        lines += [["_".join(key), "_".join(c), *key, *c, v] for c, v in zip(columns, values, strict=True)]
    return _csv(path, lines)


EXIOBASE_USES = (
    "Final consumption expenditure by households",
    "Final consumption expenditure by non-profit organisations serving households (NPISH)",
    "Final consumption expenditure by government", "Gross fixed capital formation", "Changes in inventories",
    "Changes in valuables", "Exports: Total (fob)",
)  # fmt: skip


def exiobase(world: Laid, folder: Path, *, usd_per_eur: float, as_zip: bool = False) -> Path:
    """`IOT_YEAR_ixi`: Z.txt, Y.txt, unit.txt, tab-separated, with the index names on a third line; a folder or its zip."""
    folder.mkdir(parents=True, exist_ok=True)
    n, size = len(world.countries), len(world.output)
    names = ["WA" if c == "RoW" else {"GRC": "GR"}.get(c, ISO2.get(c, c)) for c in world.countries]
    cells = [(c, s) for c in names for s in world.sectors]
    f = world.f.reshape(size, n, 2) / usd_per_eur
    share = (0.65, 0.05, 0.3, 1.08, -0.1, 0.02, 0.0)
    final = np.stack([f[:, i, 0 if k < 3 else 1] * share[k] for i in range(n) for k in range(7)], 1)
    uses = [(c, u) for c in names for u in EXIOBASE_USES]
    _tabs(folder / "Z.txt", ("region", "sector"), cells, cells, world.matrix() / usd_per_eur)
    _tabs(folder / "Y.txt", ("region", "category"), uses, cells, final)
    lines = ["region\tsector\tunit", *(f"{c}\t{s}\tM.EUR" for c, s in cells)]
    (folder / "unit.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return _zipped(folder) if as_zip else folder


EORA_USES = (
    "Household final consumption P.3h", "Non-profit institutions serving households P.3n",
    "Government final consumption P.3g", "Gross fixed capital formation P.51", "Changes in inventories P.52",
    "Acquisitions less disposals of valuables P.53",
)  # fmt: skip


def eora(world: Laid, folder: Path, year: int = 2015, *, as_zip: bool = False) -> Path:
    """`Eora26_YEAR_bp_T.txt` and company without headers, thousand USD, the last row and column a discrepancy ROW."""
    folder.mkdir(parents=True, exist_ok=True)
    n, size = len(world.countries), len(world.output)
    f = 1e3 * world.f.reshape(size, n, 2)
    share = (0.65, 0.05, 0.3, 1.08, -0.1, 0.02)
    final = np.stack([f[:, i, 0 if k < 3 else 1] * share[k] for i in range(n) for k in range(6)], 1)
    t = np.zeros((size + 1, size + 1))
    t[:-1, :-1] = 1e3 * world.matrix()
    t[-1, :], t[:, -1] = 7.0, 3.0
    fd = np.vstack([np.hstack([final, np.full((size, 1), 2.0)]), np.ones((1, n * 6 + 1))])
    labels = [(f"Country {c}", c, "Industries", s) for c in world.countries for s in world.sectors]
    labels.append(("ROW", "ROW", "TOTAL", "TOTAL"))
    uses = [(f"Country {c}", c, "Final demand", u) for c in world.countries for u in EORA_USES]
    uses.append(("ROW", "ROW", "TOTAL", "TOTAL"))
    value_added = np.append(1e3 * world.rest, 0.0)[None] * np.array([[0.6], [0.4]])
    for stem, values in (("T", t), ("FD", fd), ("VA", value_added)):
        lines = ["\t".join(map(repr, map(float, row))) for row in values]
        (folder / f"Eora26_{year}_bp_{stem}.txt").write_text("\n".join(lines) + "\n")
    for stem, rows in (("T", labels), ("FD", uses)):
        (folder / f"labels_{stem}.txt").write_text(
            "".join("\t".join(r) + "\t\n" for r in rows), encoding="utf-8"
        )
    return _zipped(folder) if as_zip else folder


def _tabs(path: Path, names: tuple[str, str], columns: list, rows: list, values: np.ndarray) -> None:
    head = [f"{name}\t\t" + "\t".join(c[k] for c in columns) for k, name in enumerate(names)]
    head.append("region\tsector" + "\t" * len(columns))
    body = ["\t".join([*row, *map(repr, map(float, line))]) for row, line in zip(rows, values, strict=True)]
    path.write_text("\n".join([*head, *body]) + "\n", encoding="utf-8")


def _csv(path: Path, rows: list[list]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerows([[repr(float(c)) if isinstance(c, np.floating) else c for c in row] for row in rows])
    return path


def _zipped(folder: Path) -> Path:
    path = folder.with_name(folder.name + ".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{folder.name}/{file.name}")
    return path
