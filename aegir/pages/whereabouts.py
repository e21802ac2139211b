"""Through what people come in: second factors, and the browsers that they are signed in with."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from aegir.models import User, feature, signed_in
from aegir.pages.account import device

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def noted(rows: QuerySet[User]) -> QuerySet[Any]:
    """People with ``seen_at``, when they were here last, and ``guarded``, whether by a second factor."""
    seen = UserSession.objects.filter(user=OuterRef("pk")).values("user").annotate(at=Max("last_seen_at"))
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    return rows.annotate(seen_at=Coalesce(Subquery(seen.values("at")), "last_login"), guarded=Exists(factors))


def factors(user: User) -> list[str]:
    """The second factors that somebody has, in words."""
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    found = ["authenticator app"] if Authenticator.Type.TOTP in kinds else []
    passkeys = kinds.count(Authenticator.Type.WEBAUTHN)
    if passkeys and feature.on("passkeys"):
        found.append(f"{passkeys} passkey{'s' * (passkeys != 1)}")
    return found


def sessions(user: User) -> list[dict[str, Any]]:
    """Where somebody is signed in, the latest first."""
    rows = sorted(UserSession.objects.purge_and_list(user), key=lambda row: row.last_seen_at, reverse=True)
    return [{"row": row, "device": device(row.user_agent)} for row in rows]


def sign_out(user: User, number: int | None = None) -> int:
    """End one session of somebody's, or all, and return how many ended."""
    if number is not None:
        row = UserSession.objects.filter(user=user, pk=number).first()
        if row is None:
            return 0
        row.end()
        return 1
    return signed_in.end(user)
