"""The worker process, less patient than the real one."""

from __future__ import annotations

import json
import sys


def main() -> None:
    import django

    django.setup()
    from aegir.engine import foreman, recovery, runner
    from aegir.engine.worker import main as work

    tuning = json.loads(sys.argv[1])
    runner.PAUSES = runner.PATIENT_PAUSES = (0.01, 0.01)
    foreman.GRACE = tuning.get("grace", foreman.GRACE)
    recovery.ATTEMPTS = tuning.get("attempts", recovery.ATTEMPTS)
    work()


if __name__ == "__main__":
    main()
