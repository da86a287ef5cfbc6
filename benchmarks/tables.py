"""Reading a table of the size of OECD ICIO 2023 or EXIOBASE 3: seconds and peak memory, in a process of its own.

Run: python -m benchmarks.tables [icio | exiobase]. The files are synthetic, in the true layout, and made in a temporary folder.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SIZES = {"icio": (77, 45), "exiobase": (49, 163)}
_READ = """
import resource, sys, time
began = time.perf_counter()
from multipolar.world.readers import read_table
world = read_table(sys.argv[1], repair=True)
used = resource.getrusage(resource.RUSAGE_SELF)
print(
    f"{len(world.countries)} x {len(world.sectors)}: {time.perf_counter() - began:.1f} s, {used.ru_utime + used.ru_stime:.1f} s "
    f"of processor, peak {used.ru_maxrss / 1024:,.0f} MiB"
)
"""


def write(kind: str, folder: Path) -> Path:
    """A synthetic table, written row by row so that writing needs little memory."""
    from multipolar.world._concordance import concordance

    n, j = SIZES[kind]
    size = n * j
    rng = np.random.default_rng(0)
    total = 1e8 * rng.dirichlet(np.ones(size))
    column = total / total.sum()  # inputs in proportion to output: value added is positive everywhere
    sectors = list(concordance({"icio": "icio", "exiobase": "exiobase3-ixi"}[kind]).index)
    if kind == "icio":
        sectors = [
            s
            for s in sectors
            if s not in ("A01", "A02", "B05", "B06", "B07", "B08", "C24A", "C24B", "C301", "C302T309")
        ]
        codes = [*_iso3()[: n - 1], "ROW"]
        uses = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
        path = folder / "2020_SML.csv"
        inner = np.zeros(size)
        with path.open("w") as out:
            labels = [f"{c}_{s}" for c in codes for s in sectors]
            out.write(",".join(["V1", *labels, *(f"{c}_{u}" for c in codes for u in uses), "OUT"]) + "\n")
            for i in range(size):
                z = 0.5 * total[i] * column * (1 + 0.1 * rng.random(size))
                f = (total[i] - z.sum()) * rng.dirichlet(np.ones(n * 6))
                inner += z
                out.write(labels[i] + "," + ",".join(f"{v:.6f}" for v in (*z, *f, z.sum() + f.sum())) + "\n")
            rest = total - inner
            for name, share in (("TLS", 0.05), ("VA", 0.95)):
                out.write(",".join([name, *(f"{v:.6f}" for v in share * rest), *["0"] * (n * 6), "0"]) + "\n")
            out.write(",".join(["OUT", *(f"{v:.6f}" for v in total), *["0"] * (n * 6), "0"]) + "\n")
        return path
    from tests.layouts import EXIOBASE_USES

    codes = [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "GB",
        "US",
        "JP",
        "CN",
        "CA",
        "KR",
        "BR",
        "IN",
        "MX",
        "RU",
        "AU",
        "CH",
        "TR",
        "TW",
        "NO",
        "ID",
        "ZA",
        "WA",
        "WL",
        "WE",
        "WF",
        "WM",
    ]
    cells = [(c, s) for c in codes for s in sectors]
    columns = [(c, u) for c in codes for u in EXIOBASE_USES]
    for name, head in (("Z", cells), ("Y", columns)):
        with (folder / f"{name}.txt").open("w") as out:
            out.write("region\t\t" + "\t".join(c for c, _ in head) + "\n")
            out.write(
                ("sector" if name == "Z" else "category") + "\t\t" + "\t".join(u for _, u in head) + "\n"
            )
            out.write("region\tsector" + "\t" * len(head) + "\n")
            for i, cell in enumerate(cells):
                v = (
                    0.5 * total[i] * column
                    if name == "Z"
                    else 0.5 * total[i] * rng.dirichlet(np.ones(len(head)))
                )
                out.write("\t".join([*cell, *(f"{x:.6g}" for x in v)]) + "\n")
    (folder / "unit.txt").write_text(
        "region\tsector\tunit\n" + "".join(f"{c}\t{s}\tM.EUR\n" for c, s in cells)
    )
    return folder


def _iso3() -> list[str]:
    import pandas as pd

    from multipolar.world import _data

    return pd.read_csv(_data.path("country_codes.csv"), keep_default_na=False)["iso3"].tolist()


def main(kind: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "IOT_2019_ixi"
        folder.mkdir()
        path = write(kind, folder)
        size = sum(f.stat().st_size for f in folder.iterdir()) / 2**20
        done = subprocess.run(
            [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=False
        )
        print(f"{kind}, {size:,.0f} MiB of text: {done.stdout.strip() or done.stderr[-800:]}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "icio")
