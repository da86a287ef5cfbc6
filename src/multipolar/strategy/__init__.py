"""Who depends on whom and what pressure can achieve: many equilibria of the one economy, compared.

In come a `World` and actors: countries or groups of them, each acting as one. Out go labelled tables of what each
loses when trade stops, of inputs and their suppliers, and of the power these give.
"""

from multipolar.strategy._actors import actors_of
from multipolar.strategy._dependence import dependence, dependence_by_sector
from multipolar.strategy._dual_use import controlled_goods, controlled_goods_trade, dual_use_loss
from multipolar.strategy._inputs import (
    chokepoints,
    hypothetical_extraction,
    input_reliance,
    supplier_concentration,
)
from multipolar.strategy._power import power, power_curve

__all__ = [
    "actors_of",
    "chokepoints",
    "controlled_goods",
    "controlled_goods_trade",
    "dependence",
    "dependence_by_sector",
    "dual_use_loss",
    "hypothetical_extraction",
    "input_reliance",
    "power",
    "power_curve",
    "supplier_concentration",
]
