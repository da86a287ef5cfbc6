"""Build the data that the package ships from the folder of original files.

    python tools/build_data.py SOURCE

SOURCE holds `wiod2013/`, `cp2015_nafta/` and `elasticities/`. Everything written is described in
src/multipolar/world/data/README.md.
"""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).parents[1] / "src/multipolar/world/data"
WIOD_SERVICES = {f"c{i}" for i in range(17, 36)}


def main(source: Path) -> None:
    wiod(source / "wiod2013")
    elasticities(source / "elasticities")
    caliendo_parro(source / "cp2015_nafta")


def wiod(source: Path) -> None:
    (DATA / "wiod2013").mkdir(parents=True, exist_ok=True)
    for name in ("countries.csv", "industries.csv"):
        shutil.copyfile(source / name, DATA / "wiod2013" / name)
    for path in sorted(source.glob("wiot_*.npz")):
        with np.load(path) as table:
            np.savez_compressed(
                DATA / "wiod2013" / path.name, intermediate=table["intermediate"], final=table["final"]
            )


def elasticities(source: Path) -> None:
    names = {
        "caliendo_parro_2015": ("caliendo-parro-2015", "Caliendo and Parro (2015)"),
        "tradmod_costinot_rodriguez_clare": (
            "costinot-rodriguez-clare-2014",
            "Costinot and Rodriguez-Clare (2014), after Caliendo and Parro",
        ),
        "fontagne_et_al_gtap10": ("fontagne-2022", "Fontagne, Guimbard and Orefice (2022)"),
    }
    table = pd.read_csv(source / "wiod_industry_theta.csv")
    rows = []
    for row in table.itertuples():
        name, citation = names[row.source]
        theta, note = row.theta, row.mapping
        conventional = row.industry in WIOD_SERVICES or "carry the services value" in note
        status = "assumed" if conventional else "estimated"
        if row.source.startswith("fontagne"):
            if np.isnan(theta):
                theta, note = 5.0, "no estimate for services; 5 as in Costinot and Rodriguez-Clare (2014)"
            else:
                status = "estimated"
        rows.append([name, row.industry, f"{theta:g}", status, citation, note])
    with (DATA / "elasticities.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["set", "sector", "theta", "status", "source", "note"])
        writer.writerows(rows)


def caliendo_parro(source: Path, tolerance: float = 1e-13) -> None:
    """The 1993 world as Caliendo and Parro use it: shares and factor income from the data, and every
    country's trade balanced by letting wages adjust (their section 5, before the tariffs change)."""
    regions = pd.read_csv(source / "regions.csv")
    sectors = pd.read_csv(source / "sectors.csv")["sector"].tolist()
    names = regions["region"].tolist()

    def cube(file: str, dims: list[str], value: str = "value") -> np.ndarray:
        frame = pd.read_parquet(source / file)
        order = {"region": names, "exporter": names, "importer": names, "sector": sectors, "input": sectors}
        index = pd.MultiIndex.from_product([order[d] for d in dims], names=dims)
        return frame.set_index(dims)[value].reindex(index).to_numpy().reshape([len(order[d]) for d in dims])

    trade = cube("trade.parquet", ["exporter", "importer", "sector"]) / 1e6
    tariff = cube("trade.parquet", ["exporter", "importer", "sector"], "tariff_bln")
    after = cube("trade.parquet", ["exporter", "importer", "sector"], "tariff_cfl")
    inputs = np.maximum(cube("intermediate_consumption.parquet", ["region", "input", "sector"]) / 1e6, 0)
    final = cube("final_consumption.parquet", ["region", "sector"]) / 1e6
    value_added = cube("value_added.parquet", ["region", "sector"]) / 1e6
    theta = pd.read_parquet(source / "theta.parquet").set_index("sector")["value"].reindex(sectors).to_numpy()

    spending = trade * (1 + tariff)
    share = spending / spending.sum(0)
    output = inputs.sum(1) + value_added
    beta = np.divide(value_added, output, out=np.ones_like(output), where=output > 0)
    gamma = np.divide(inputs, output[:, None], out=np.zeros_like(inputs), where=output[:, None] > 0)
    alpha = final / final.sum(1, keepdims=True)
    wage, price = np.ones(len(names)), np.ones((len(names), len(sectors)))
    labour, made = value_added.sum(1), output.copy()
    for _ in range(200_000):
        cost = np.exp(beta * np.log(wage)[:, None] + np.einsum("nkj,nk->nj", gamma, np.log(price)))
        index = np.einsum("ink,ik->nk", share, cost**-theta)
        price_new = index ** (-1 / theta)
        new_share = share * cost[:, None] ** -theta / index
        net = new_share / (1 + tariff)
        duty = (new_share - net).sum(0)
        # Spending given shares and wages is linear; iterate it with the prices, which converge alike.
        for _ in range(3):
            demand = np.einsum("nkj,nj->nk", gamma, made)
            income = (wage * labour + (duty * demand).sum(1)) / (1 - (duty * alpha).sum(1))
            made_new = np.einsum("ink,nk->ik", net, demand + alpha * income[:, None])
            made_gap = np.abs(made_new - made).max() / made.max()
            made = made_new
        wage_new = wage * (1 + 0.2 * ((beta * made).sum(1) / (wage * labour) - 1))
        wage_new /= (wage_new * labour).sum() / labour.sum()
        gap = max(np.abs(wage_new / wage - 1).max(), np.abs(price_new / price - 1).max(), made_gap)
        wage, price = wage_new, price_new
        if gap < tolerance:
            break
    else:
        raise SystemExit(f"balanced baseline of Caliendo and Parro did not converge: {gap:.1e}")

    inputs = gamma * made[:, None]
    np.savez_compressed(
        DATA / "caliendo_parro_1993.npz",
        countries=np.array(regions["iso3"].tolist()),
        country_names=np.array(names),
        sectors=np.array(sectors),
        share=new_share,
        tariff=tariff,
        tariff_2005=after,
        intermediate=inputs,
        final=alpha * income[:, None],
        theta=theta,
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
