"""What must hold before a site may go onto a platform."""

from __future__ import annotations

from aegir.errors import Refused
from aegir.models import Platform, Site
from aegir.models.comparison import compare

SHOWN = 3
"""Problems that a refusal names; «aegir site compare» shows all."""


def require_fit(site: Site, target: Platform) -> None:
    """Refused when the packages of ``site`` cannot run on ``target``."""
    errors = [row.sentence for row in compare(site, target).errors]
    if errors:
        more = f" (and {len(errors) - SHOWN} more)" if len(errors) > SHOWN else ""
        raise Refused(
            f"{site.domain} cannot go to {target.name}: {' '.join(errors[:SHOWN])}{more} "
            f"See «aegir site compare {site.domain} --to {target.name}».",
            field="platform",
        )
