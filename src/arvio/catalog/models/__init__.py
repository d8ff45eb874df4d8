from arvio.catalog.models.bans import (
    Ban,
    BanAppeal,
)
from arvio.catalog.models.facts import (
    Account,
    App,
    Installation,
    Partner,
    PartnerDomain,
    Placement,
    User,
)
from arvio.catalog.models.marketplaces import (
    GuidelinesVersion,
    Marketplace,
    PolicyDraft,
    PolicyVersion,
)

__all__ = [
    "Account",
    "App",
    "Ban",
    "BanAppeal",
    "GuidelinesVersion",
    "Installation",
    "Marketplace",
    "Partner",
    "PartnerDomain",
    "Placement",
    "PolicyDraft",
    "PolicyVersion",
    "User",
]
