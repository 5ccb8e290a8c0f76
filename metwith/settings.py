"""Django's settings. What an operator sets comes from the environment and is listed in docs/operator-guide.md."""

from __future__ import annotations

from pathlib import Path

from django.utils.csp import CSP

from metwith.lib import secrets
from metwith.server import environment, installation, logs

PACKAGE = Path(__file__).resolve().parent

DEBUG = False
SECRET_KEY = secrets.django_secret_key()
SECRET_KEY_FALLBACKS = secrets.django_secret_key_fallbacks()
ALLOWED_HOSTS = environment.HOSTS()
ORIGIN = environment.ORIGIN()
"""Where people reach it, for example `https://metwith.example.org`. With https, cookies are marked secure and HSTS is sent."""
SECURE = ORIGIN.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "django_htmx",
    "ninja",
    "metwith.workspaces",
    "metwith.records",
    "metwith.accounts",
    "metwith.calendars",
    "metwith.notes",
    "metwith.overview",
    "metwith.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "metwith.web.site.static_files.MarkedFiles",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "metwith.web.site.middleware.PrivateMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "metwith.web.site.middleware.MemberMiddleware",
]
ROOT_URLCONF = "metwith.urls"
WSGI_APPLICATION = "metwith.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "metwith.web.site.context.frame",
            ],
        },
    }
]

DATABASES = {"default": installation.parse_database_url(installation.database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}}
"""Holds nothing but who was wrong how often (allauth's limits, lib.guessing): so many that nobody is forgotten by crowding them out."""

AUTH_USER_MODEL = "workspaces.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "metwith.web.signin.adapters.ClosedDoor"
SOCIALACCOUNT_ADAPTER = "metwith.web.signin.adapters.ClosedSocialDoor"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105  a class
"""Django's. The login library's own writes a row into its table of addresses for each link, and that table stays empty."""
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = environment.PROXIES()
"""How many proxies before us add to `X-Forwarded-For`. Without, the header is anybody's word, and limits count who connects to us."""
SOCIALACCOUNT_LOGIN_ON_GET = True
"""A link, not a form: `form-action` of the policy below would stop a form on its way to the identity provider."""
MFA_ADAPTER = "metwith.web.signin.second_factors.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Metwith"
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": environment.OIDC_NAME(),
                    "client_id": environment.OIDC_CLIENT_ID(),
                    "secret": environment.OIDC_SECRET(),
                    "settings": {"server_url": environment.OIDC_SERVER()},
                }
            ]
        }
    }
    if environment.OIDC_CLIENT_ID()
    else {}
)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("pt", "Português")]
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["metwith.web.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "metwith.web.site.static_files.MarkedStorage"},
}

SESSION_ENGINE = "metwith.workspaces.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = [ORIGIN] if ORIGIN else []
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 55_000_000
"""Uploaded calendars hold private events: they stay in memory and never touch the disk, up to more than the size we accept."""
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": environment.SMTP_HOST(),
            "port": environment.SMTP_PORT(),
            "username": environment.SMTP_USER(),
            "password": environment.SMTP_PASSWORD(),
            "use_tls": True,
            # Seconds for each answer: whoever has a mail sent waits for it, and so do rows that are locked meanwhile.
            "timeout": 10,
        },
    }
    if environment.SMTP_HOST()
    else {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
}
DEFAULT_FROM_EMAIL = environment.MAIL_FROM()

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_IMPORT_PATHS = ["metwith.engine.queue", "metwith.schedule"]
LOGGING_CONFIG = None
logs.configure()
