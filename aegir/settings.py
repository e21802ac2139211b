"""Django's settings. Everything that an operator may choose comes from the environment, AEGIR_*."""

from __future__ import annotations

import os
from pathlib import Path

from aegir.home import MODES, builder, default_home, operator, web_user
from aegir.settings_accounts import *  # noqa: F403
from aegir.settings_accounts import ACCOUNT_APPS, ACCOUNT_MIDDLEWARE
from aegir.settings_database import database

BASE = Path(__file__).parent

AEGIR_HOME = Path(os.environ.get("AEGIR_HOME") or default_home()).absolute()
AEGIR_PANEL_PORT = int(os.environ.get("AEGIR_PANEL_PORT", "8000"))
AEGIR_PANEL_URL = (os.environ.get("AEGIR_PANEL_URL") or f"http://localhost:{AEGIR_PANEL_PORT}").rstrip("/")
"""How people's browsers reach the panel: what links in messages begin with."""
AEGIR_HTTP_PORT = int(os.environ.get("AEGIR_HTTP_PORT", "8080"))
AEGIR_SLOTS = int(os.environ.get("AEGIR_SLOTS", "4"))
AEGIR_OPERATOR = os.environ.get("AEGIR_OPERATOR") or operator()
"""Who owns code and configuration on the hosts."""
AEGIR_WEB_USER = os.environ.get("AEGIR_WEB_USER") or web_user()
"""Whom PHP and the web server run as, in the embedded mode."""
AEGIR_BUILDER = os.environ.get("AEGIR_BUILDER") or builder()
"""Whom programs run as that build foreign code; only root can switch to him."""
AEGIR_MODES = MODES
AEGIR_OPERATIONS = ["aegir.operations"]
AEGIR_BRIDGE = Path(os.environ.get("AEGIR_BRIDGE") or BASE.parent / "bridge")

_key = AEGIR_HOME / "django.key"
SECRET_KEY = _key.read_text().strip() if _key.is_file() and os.access(_key, os.R_OK) else "not-up-yet"
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *os.environ.get("AEGIR_PANEL_HOSTS", "").split()]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    *ACCOUNT_APPS,
    "aegir",
]
MIDDLEWARE = [
    "aegir.pages.headers.content_security_policy",
    "django.middleware.security.SecurityMiddleware",
    "aegir.pages.static_files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "aegir.access.parts.once",
    "aegir.access.listening.audit",
    "aegir.api.door.api",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    *ACCOUNT_MIDDLEWARE,
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "aegir.urls"
ASGI_APPLICATION = "aegir.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "pages/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "aegir.pages.menu.around",
            ],
            "builtins": ["aegir.pages.filters"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE / "pages/static"]
WHITENOISE_USE_FINDERS = True

DATABASES = {"default": database(os.environ.get("AEGIR_DATABASE", ""), AEGIR_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "aegir.User"
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_NAME = "aegir_session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "aegir_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "aegir.pages.door.csrf_failed"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
"""Bytes of any request's body. Nothing is uploaded: code and archives are fetched from where they are said to
be, so the longest thing that is said is the text of a private key or of a mail."""
X_FRAME_OPTIONS = "DENY"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
USE_TZ = True
TIME_ZONE = os.environ.get("TZ", "UTC") or "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
# Why a request failed, in the log of the process that answered it. Not its address: a sign-in link is one.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"why": {"format": "{asctime} {name}: a request failed", "style": "{"}},
    "handlers": {"own": {"class": "logging.StreamHandler", "formatter": "why", "level": "ERROR"}},
    "loggers": {"django.request": {"handlers": ["own"]}},
}
