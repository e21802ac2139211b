"""One private data folder for the whole run, made before Django reads its settings."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

HOME = Path(tempfile.mkdtemp(prefix="aegir-tests-"))
HOME.chmod(0o711)
os.environ["AEGIR_HOME"] = str(HOME)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
(HOME / "secret.key").write_bytes(Fernet.generate_key())
(HOME / "secret.key").chmod(0o600)
(HOME / "django.key").write_text("only-for-tests-" * 4)
