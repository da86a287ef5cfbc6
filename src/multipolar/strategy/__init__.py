"""Who depends on whom and what pressure can achieve: many equilibria of the one economy, compared.

In come a `World`, actors (countries or groups of them, each acting as one) and measures. Out go labelled tables of
what each loses when trade stops, of inputs and the power they give, and the games of pressure, solved: threats,
coalitions, optimal measures.
"""

from multipolar.strategy._actors import actors_of
from multipolar.strategy._brief import (
    Coalitions,
    OptimalMeasures,
    Threats,
    coalitions,
    optimal_measures,
    settings_of,
    threats,
)
from multipolar.strategy._coalition import (
    BurdenSharing,
    CoalitionGame,
    coalition_game,
    sampled_contributions,
    share_burden,
)
from multipolar.strategy._columns import COLUMNS as GAME_COLUMNS
from multipolar.strategy._dependence import dependence, dependence_by_sector
from multipolar.strategy._dual_use import controlled_goods, dual_use_loss
from multipolar.strategy._game import (
    REGIMES,
    ComplyGame,
    Play,
    PoliticalWeights,
    RegimeMap,
    Weight,
    comply_or_defy,
    play,
    regimes_by_elasticity,
    regimes_by_size,
    regimes_by_weights,
)
from multipolar.strategy._inputs import (
    chokepoints,
    hypothetical_extraction,
    input_reliance,
    supplier_concentration,
)
from multipolar.strategy._optimal import (
    Frontier,
    NashTariffs,
    Package,
    Response,
    best_response,
    frontier,
    nash_tariffs,
)
from multipolar.strategy._power import power, power_curve
from multipolar.strategy._study import COLUMNS as DEPENDENCE_COLUMNS
from multipolar.strategy._study import DependenceResults, dependence_for
from multipolar.strategy._threat import Threat

__all__ = [
    "DEPENDENCE_COLUMNS",
    "GAME_COLUMNS",
    "REGIMES",
    "BurdenSharing",
    "CoalitionGame",
    "Coalitions",
    "ComplyGame",
    "DependenceResults",
    "Frontier",
    "NashTariffs",
    "OptimalMeasures",
    "Package",
    "Play",
    "PoliticalWeights",
    "RegimeMap",
    "Response",
    "Threat",
    "Threats",
    "Weight",
    "actors_of",
    "best_response",
    "chokepoints",
    "coalition_game",
    "coalitions",
    "comply_or_defy",
    "controlled_goods",
    "dependence",
    "dependence_by_sector",
    "dependence_for",
    "dual_use_loss",
    "frontier",
    "hypothetical_extraction",
    "input_reliance",
    "nash_tariffs",
    "optimal_measures",
    "play",
    "power",
    "power_curve",
    "regimes_by_elasticity",
    "regimes_by_size",
    "regimes_by_weights",
    "sampled_contributions",
    "settings_of",
    "share_burden",
    "supplier_concentration",
    "threats",
]
