"""A small OpenID provider as a process: ``python openid_provider.py <folder> <port> <where back>``.

dora and eve have accounts there; the provider vouches for dora's e-mail address and not for eve's.
"""

from __future__ import annotations

import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PASSWORD = "only-at-the-provider-7"
CLIENT, SECRET = "aegir", "the-secret-of-the-client"
PEOPLE = {"dora": "dora@example.org", "eve": "eve@example.org"}
LOGIN = "<form method=post>{% csrf_token %}{{ form }}<button>Sign in at the provider</button></form>"


class Threads(ThreadingMixIn, WSGIServer):
    """Browsers leave connections open, which one thread would wait for."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def configure(folder: Path, port: int) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    loaders = [("django.template.loaders.locmem.Loader", {"login.html": LOGIN})]
    template = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {"loaders": loaders},
    }
    settings.configure(
        SECRET_KEY="only-for-tests" * 4,
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="openid_provider",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite3"}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[template],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        SESSION_COOKIE_NAME="provider_session",
        CSRF_COOKIE_NAME="provider_csrf",
        LOGIN_URL="/login",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "OIDC_ISS_ENDPOINT": f"http://localhost:{port}/o",
            "PKCE_REQUIRED": True,
            "OAUTH2_VALIDATOR_CLASS": "openid_provider.Claims",
            "SCOPES": {"openid": "who", "profile": "name", "email": "address"},
        },
    )  # fmt: skip


def serve(folder: Path, port: int, back: str) -> None:
    configure(folder, port)
    import django
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    for name, email in PEOPLE.items():
        User.objects.create_user(name, email, PASSWORD, first_name=name.title())
    Application.objects.create(
        client_id=CLIENT, client_secret=SECRET, client_type="confidential", algorithm="RS256",
        authorization_grant_type="authorization-code", redirect_uris=back, skip_authorization=True,
    )  # fmt: skip
    with make_server("127.0.0.1", port, get_wsgi_application(), Threads, Quiet) as server:
        server.serve_forever()


def __getattr__(name: str) -> Any:
    """Addresses and claims, which can be made only once Django is set up."""
    if name == "urlpatterns":
        from django.contrib.auth.views import LoginView
        from django.urls import include, path

        login = LoginView.as_view(template_name="login.html")
        return [path("login", login), path("o/", include("oauth2_provider.urls"))]
    if name == "Claims":
        from oauth2_provider.oauth2_validators import OAuth2Validator

        class Claims(OAuth2Validator):
            def get_additional_claims(self, request: Any) -> dict[str, Any]:
                user = request.user
                return {
                    "email": user.email,
                    "email_verified": user.username == "dora",
                    "name": user.first_name,
                    "preferred_username": user.username,
                }

        return Claims
    raise AttributeError(name)


if __name__ == "__main__":
    sys.modules["openid_provider"] = sys.modules["__main__"]
    serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
