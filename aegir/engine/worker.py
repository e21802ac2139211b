"""The worker process: ``python -m aegir.engine.worker``. Ends on SIGTERM."""

from __future__ import annotations

import logging

import django
from django.conf import settings


def main() -> None:
    """Work with the transport and as many slots as the settings say."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    django.setup()
    from aegir.engine import recipe, transports  # need the models, and they need Django set up

    recipe.load_all()
    transports.active().run_worker(slots=settings.AEGIR_SLOTS)


if __name__ == "__main__":
    main()
