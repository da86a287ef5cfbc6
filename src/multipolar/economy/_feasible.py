"""Shocks after which no equilibrium can exist, found before solving."""

from __future__ import annotations

import numpy as np

from multipolar.economy._model import Economy
from multipolar.economy._shock import Shock
from multipolar.errors import InfeasibleError, InputError, NoSupplierError


def check_feasible(economy: Economy, shock: Shock) -> None:
    """Raises `NoSupplierError` when a good in use has lost every supplier, `InfeasibleError` when a bloc
    that trades with nobody outside must still run a trade deficit, `InputError` for a malformed shock."""
    n, j = economy.output.shape
    wedges = {
        name: np.asarray(getattr(shock, name)) for name in ("importer_wedge", "exporter_wedge", "iceberg")
    }
    for name, wedge in wedges.items():
        if (
            wedge.ndim != 4
            or wedge.shape[:3] != (n, n, j)
            or wedge.shape[3] not in (1, economy.share.shape[3])
        ):
            raise InputError(
                f"shock: {name} has shape {wedge.shape}, expected ({n}, {n}, {j}, 1 or {economy.share.shape[3]})."
            )
        if np.isnan(wedge).any() or (wedge <= 0).any() or (name != "iceberg" and np.isinf(wedge).any()):
            raise InputError(
                f"shock: {name} must hold positive numbers (only iceberg may be infinite, an embargo)."
            )
    productivity, transfer = np.asarray(shock.productivity), np.asarray(shock.transfer)
    if productivity.shape != (n, j) or not (np.isfinite(productivity).all() and (productivity > 0).all()):
        raise InputError(f"shock: productivity must be positive numbers in shape ({n}, {j}).")
    if transfer.shape != (n,) or not np.isfinite(transfer).all():
        raise InputError(f"shock: transfer must be numbers in shape ({n},).")
    if abs(transfer.sum()) > 1e-9 * max(1.0, np.abs(transfer).sum()):
        raise InputError(
            f"shock: transfers sum to {transfer.sum():,.6g} million USD, not zero; somebody must pay them."
        )

    left = (economy.share > 0) & np.isfinite(wedges["iceberg"])
    lost = (economy.share.sum(0) > 0) & ~left.any(0)
    if lost.any():
        country, sector = np.argwhere(lost.any(2))[0]
        others = int(lost.any(2).sum()) - 1
        more = f" ({others} more such goods.)" if others else ""
        raise NoSupplierError(
            f"after these measures nobody supplies sector {economy.sectors[sector]!r} to {economy.countries[country]!r}, which "
            f"uses it at the baseline and makes none itself.{more} Exempt that corridor, use a high trade cost instead of "
            "a ban, or aggregate the sector."
        )
    bloc = _blocs(np.asarray(left.any((2, 3))))
    balance = economy.deficit + transfer / economy.money
    for members in (np.flatnonzero(bloc == b) for b in np.unique(bloc)):
        gap = balance[members].sum()
        if len(members) < n and abs(gap) > 1e-12:
            names = ", ".join(economy.countries[m] for m in members[:8]) + (
                ", ..." if len(members) > 8 else ""
            )
            raise InfeasibleError(
                f"{names} can trade with nobody outside, yet must run a trade deficit of {gap * economy.money:,.0f} million USD "
                "(deficits and transfers together). Use the closure 'balanced', or leave one corridor open."
            )


def _blocs(linked: np.ndarray) -> np.ndarray:
    """Label countries by connected component of the trade that remains."""
    linked = linked | linked.T
    label = np.arange(len(linked))
    while True:
        spread = np.where(linked | np.eye(len(linked), dtype=bool), label[None, :], len(label)).min(1)
        if (spread == label).all():
            return label
        label = spread
