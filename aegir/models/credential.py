"""What opens other hosts to Aegir when it fetches code. Platforms name them; nobody is shown them."""

from __future__ import annotations

import re
from typing import Self

from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from django.db import IntegrityError, models, transaction

from aegir.errors import Refused
from aegir.models import names
from aegir.models.secret import Secret

SHORTEST, LONGEST = 6, 500
"""Letters of a token or password: a shorter one could not be hidden in what programs say."""
LONGEST_KEY = 20_000
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9_][\w.@+-]{0,99}", re.ASCII)


class Credential(models.Model):
    """One token, password or key, for one host."""

    class Kind(models.TextChoices):
        TOKEN = "token", "token"
        PASSWORD = "password", "user and password"
        KEY = "key", "SSH key"

    name = models.CharField(max_length=60, unique=True)
    host = models.CharField(max_length=253)
    """For which alone it is used, in lower case."""
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.CharField(max_length=100, blank=True)
    secret = models.OneToOneField(Secret, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()} for {self.host})"

    @classmethod
    def add(cls, *, name: str, host: str, kind: str, user: str = "", secret: str) -> Self:
        """Keep one; Refused, naming the field and never the secret, for what cannot be used."""
        name, host, user = name.strip(), host.strip().lower(), user.strip()
        if not _NAME.fullmatch(name):
            raise Refused(
                f"«{names.shown(name)}» cannot be its name: use small letters, digits, dots and hyphens.",
                field="name",
            )
        if not names.is_host(host):
            raise Refused(
                f"«{names.shown(host)}» is not a host: give its name alone, as git.example.org.", field="host"
            )
        if kind not in cls.Kind.values:
            raise Refused(f"Choose its kind: {', '.join(cls.Kind.values)}.", field="kind")
        if user and not _USER.fullmatch(user):
            raise Refused("That cannot be a user's name.", field="user")
        if kind == cls.Kind.PASSWORD and not user:
            raise Refused("A password needs the user whose it is.", field="user")
        (_check_key if kind == cls.Kind.KEY else _check_text)(secret)
        if cls.objects.filter(name=name).exists():
            raise Refused(f"There is already a credential {name}: delete it first.", field="name")
        try:
            with transaction.atomic():
                kept = Secret.seal(secret, f"the credential {name} for {host}")
                return cls.objects.create(name=name, host=host, kind=kind, user=user, secret=kept)
        except IntegrityError as race:
            raise Refused(f"The credential {name} was added just now.", field="name") from race

    def remove(self) -> None:
        """Forget it; Refused while a platform would be built with it."""
        with transaction.atomic():
            # Locked, so that no platform is added with it meanwhile.
            Credential.objects.select_for_update().filter(pk=self.pk).first()
            living = list(self.platforms.exclude(state="deleted").order_by("name")[:4])
            if living:
                shown = ", ".join(each.name for each in living[:3]) + (" …" if len(living) > 3 else "")
                raise Refused(f"The credential {self.name} is used by {shown}: delete those platforms first.")
            kept = self.secret
            self.delete()
            kept.delete()


def _check_text(secret: str) -> None:
    if not SHORTEST <= len(secret) <= LONGEST or not secret.isprintable() or not secret.strip():
        raise Refused(f"The secret must be {SHORTEST} to {LONGEST} characters on one line.", field="secret")


def _check_key(secret: str) -> None:
    try:
        if len(secret) > LONGEST_KEY:
            raise ValueError
        load_ssh_private_key(secret.strip().encode() + b"\n", password=None)
    except TypeError:
        raise Refused("The key has a passphrase: give one that has none.", field="secret") from None
    except Exception:  # the library raises many kinds, some of which quote what they were given
        raise Refused(
            "That is not a private key of OpenSSH's: give the whole text, from -----BEGIN on.", field="secret"
        ) from None
