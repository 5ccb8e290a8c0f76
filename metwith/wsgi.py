"""What the web server calls."""

from __future__ import annotations

import os
import pkgutil

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "metwith.settings")
application = get_wsgi_application()
pkgutil.resolve_name("metwith.workspaces.rotation:load_digest_key")()  # models exist only now
