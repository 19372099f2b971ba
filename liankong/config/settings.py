"""Django settings of a node, from the environment and the data folder.

| Variable | Meaning | Default |
|---|---|---|
| `LIANKONG_DATA` | data folder | `data/` of a checkout, else the user's data folder |
| `DATABASE_URL`, `DATABASE_OWNER_URL` | your own PostgreSQL | the embedded one |
| `LIANKONG_HOSTS` | names under which the node answers, comma-separated | this machine only |
| `LIANKONG_HTTPS` | `1`: served over HTTPS by a proxy | `0` |
| `LIANKONG_DEMO` | `1`: say on every page that this is an exercise | `1` once the demo is loaded |
| `LIANKONG_LOG` | level of the log | `INFO` |

Set by the supervisor for its children, not by people: `LIANKONG_PROCESS` (web, worker, clocks) and
`LIANKONG_DB_ROLE` (`owner` while migrating, else `app`).
"""

import os
from datetime import timedelta
from typing import Any, Literal

from csp.constants import NONE, SELF

from liankong.config import database, node, paths
from liankong.config.secrets import load_secrets


def _flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


LIANKONG_DATA = paths.data_folder()
LIANKONG_SECRETS = load_secrets(LIANKONG_DATA)
LIANKONG_FLOW = "liankong.flow"
LIANKONG_DEMO = _flag("LIANKONG_DEMO") or node.is_demo(LIANKONG_DATA)
# What "now" is, for the doors: the flow's clocks and the pages ask it by name, as they stand below this floor.
LIANKONG_NOW = LIANKONG_CLOCK = "liankong.config.clock.now"
LIANKONG_LAKE = LIANKONG_DATA / "lake"
LIANKONG_PROCESS = os.environ.get("LIANKONG_PROCESS", "command")
LIANKONG_DB_ROLE: Literal["app", "owner"] = (
    "owner" if os.environ.get("LIANKONG_DB_ROLE") == "owner" else "app"
)

SECRET_KEY = LIANKONG_SECRETS.django
DEBUG = False
HTTPS = _flag("LIANKONG_HTTPS")
_named_hosts = [name.strip() for name in os.environ.get("LIANKONG_HOSTS", "").split(",") if name.strip()]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *_named_hosts]
CSRF_TRUSTED_ORIGINS = (
    [f"https://{name.lstrip('.')}" for name in _named_hosts if name != "*"] if HTTPS else []
)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    "procrastinate.contrib.django",
    "liankong.store",
    "liankong.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "liankong.config.staticfiles.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    # Inside those that add headers: a page that it answers itself must bear them too.
    "liankong.web.middleware.SightMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "liankong.config.urls"
ASGI_APPLICATION = "liankong.config.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- database ---------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": database.target(LIANKONG_DB_ROLE, folder=LIANKONG_DATA, secrets=LIANKONG_SECRETS).django()
}
if LIANKONG_PROCESS == "web":
    # Connecting costs milliseconds, most of a page's budget; a pool also caps what a stampede may take.
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 16, "timeout": 10}
    # A connection of before a restart of the database is noticed before it is used.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
elif LIANKONG_PROCESS in {"worker", "clocks"}:
    # One connection a thread, kept from job to job.
    DATABASES["default"] |= {"CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- who signs in -----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "store.User"
AUTHENTICATION_BACKENDS = [
    # Asked first: refuses a locked-out sign-in before a password is looked at.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
OTP_TOTP_ISSUER = "Liankong"
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=4).total_seconds())

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# By account and by account-with-address: one guesser cannot lock a whole office behind one address out, and
# changing the address does not give further guesses at one account.
AXES_LOCKOUT_PARAMETERS = ["username", ["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password", "otp_token"]
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_VERBOSE = False

# --- sessions, cookies, headers ---------------------------------------------------------------------------

SESSION_ENGINE = "liankong.store.sessions"
SESSION_COOKIE_NAME = "__Host-liankong" if HTTPS else "liankong"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())  # one shift
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = HTTPS
# Lax, not Strict: an order's link in a message must open signed in.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
CSRF_COOKIE_NAME = "__Host-liankong-csrf" if HTTPS else "liankong-csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
LANGUAGE_COOKIE_NAME = "liankong-language"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = int(timedelta(days=365).total_seconds())

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
# A token sent in the clear is refused at the door, not sent on as if nothing had happened.
SECURE_REDIRECT_EXEMPT = [r"^api/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # data: for the small pictures inside Tabler's style sheet; blob: for the map's canvas.
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# A line list of a large outbreak is tens of megabytes; anything larger belongs to the command line.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
MEDIA_ROOT = LIANKONG_DATA / "files"

# --- languages and time -----------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LOCALE_PATHS = [paths.PACKAGE / "web" / "locale"]

# --- static files -----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = LIANKONG_DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "liankong.config.staticfiles.Storage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- jobs -------------------------------------------------------------------------------------------------

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_WORKER_DEFAULTS: dict[str, Any] = {}

# --- log --------------------------------------------------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "liankong.config.logs.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LIANKONG_LOG", "INFO")},
    "loggers": {
        # Statements carry values; addresses carry keys of people. Neither may be written, at any level.
        "django.db.backends": {"level": "WARNING"},
        # A pool that cannot connect says so ten times a second; whoever wanted the connection says it once.
        "psycopg": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        "asyncio": {"level": "WARNING"},
        "uvicorn": {"level": "WARNING"},
    },
}
SILENCED_SYSTEM_CHECKS = [
    # HTTPS is the proxy's, and a laptop's first run has none: LIANKONG_HTTPS=1 turns all four on.
    *([] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]),
]
