"""metwith.settings with a key of its own: tests and the type checker need no installation."""

import os

# 32 bytes that are nobody's secret.
os.environ.setdefault("METWITH_KEY", "dGVzdHMgdGVzdHMgdGVzdHMgdGVzdHMgdGVzdHMgISE=")

from metwith.settings import *  # noqa: F403  the key must be there first

# Hashing a password is slow by design; tests hash many and keep none.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The server that a browser of the tests talks to answers static files by itself, and knows no marks.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
