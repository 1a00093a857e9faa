"""Django's settings, derived from the declared settings of `core.conf`. No value here can be set elsewhere."""

import os
from pathlib import Path
from typing import Any

from pulse_project.core import conf
from pulse_project.core.boot import answers_requests, is_loopback
from pulse_project.core.secret_key import install_id, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
PACKAGE_DIR = Path(__file__).resolve().parent
CONF = conf.current()

# templates and static files lie beside the package in a checkout and inside it in a wheel
RESOURCES = PACKAGE_DIR if (PACKAGE_DIR / "templates").is_dir() else BASE_DIR

SECRET_KEY = secret_key(CONF)
DEBUG = CONF.debug and is_loopback(CONF.host)
ALLOWED_HOSTS = ["*"]  # `core.guard` checks Host in front of every route, this list would be a second rule
ROOT_URLCONF = "pulse_project.urls"
ASGI_APPLICATION = "pulse_project.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "pulse_project.core",
    "boards",
    "specs",
    "nexus",
    "telemetry",
    "pulse_project.apps.PulseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    *(["mcp_server"] if answers_requests() else []),  # it has no tables
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pulse_project.core.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "pulse_project.core.middleware.DurableWritesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [RESOURCES / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pulse_project.core.context.shell",
            ],
        },
    },
]


# Reads touch a few hundred rows. The defaults of the planner are meant for reports on turning disks: they compile,
# start workers (10 ms) or read a whole table where an index leads to the rows within a millisecond.
_POSTGRES_SESSION = "-c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"


def _postgres(url: str) -> dict[str, Any]:
    from urllib.parse import parse_qsl, unquote, urlsplit

    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    options["options"] = f"{_POSTGRES_SESSION} {options.get('options', '')}".rstrip()  # the operator's own win
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": {
            **options,
            "prepare_threshold": 1_000_000_000,  # Django's None would refuse those too that ask to be prepared
            "pool": {"min_size": 2, "max_size": 24, "timeout": 10},
        },
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


DATABASES = {
    "default": _postgres(CONF.database_url)
    if CONF.database_url
    else {
        "ENGINE": "pulse_project.core.sqlite",
        "NAME": CONF.sqlite_path,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": CONF.busy_timeout_ms / 1000},
        "TEST": {"NAME": os.environ.get("PULSE_TEST_DB") or None},
    }
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
# Cookies know no port: every install has its own names, and none is ever sent to another site.
SESSION_COOKIE_NAME = f"pulse_sid_{install_id(SECRET_KEY)}"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_NAME = f"pulse_csrf_{install_id(SECRET_KEY)}"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_AGE = None
LOGIN_REDIRECT_URL = "/"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [RESOURCES / "static"]
STATIC_ROOT = CONF.home_path / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}

DJANGO_MCP_GLOBAL_SERVER_CONFIG = {"name": "pulse", "stateless": True}
DJANGO_MCP_GET_SERVER_INSTRUCTIONS_TOOL = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "pulse_project.core.logs_format.OneLine"}},
    "filters": {"not_of_strangers": {"()": "pulse_project.core.logs_format.NotOfStrangers"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["not_of_strangers"]},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "pulse": {"level": "INFO"},
        "uvicorn": {"level": "WARNING"},
        "mcp": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
