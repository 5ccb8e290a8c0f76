"""The API's addresses, its description at `openapi.json` and a page to read it on at `docs`."""

from __future__ import annotations

from django.urls import path
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger

from metwith.api import accounts, audit, companies, errors, meetings, notes, opportunities, people, quiet
from metwith.api.auth import Bearer

ABOUT = """The records of your workspace and the meetings with them.

Send the token of a member: `Authorization: Bearer metwith_…`. Lists answer `items` and `next`; send `next` as `cursor` for the page after.
Errors answer `{"error": {"code", "message", "field"}}`."""

# Without an address for its validator, the page asks nobody else anything.
DOCS = Swagger({"validatorUrl": None, "defaultModelsExpandDepth": 0})

api = NinjaAPI(title="Metwith", version="1", description=ABOUT, auth=Bearer(), docs=DOCS, urls_namespace="api")
errors.install(api)
api.add_router("/people", people.router)
api.add_router("/companies", companies.router)
api.add_router("/opportunities", opportunities.router)
api.add_router("/meetings", meetings.router)
api.add_router("/notes", notes.router)
api.add_router("/gone-quiet", quiet.router)
api.add_router("/accounts", accounts.router)
api.add_router("/audit", audit.router)

_patterns, _app, _namespace = api.urls
urlpatterns = [path("", (errors.in_words(_patterns), _app, _namespace)), path("<path:_rest>", errors.nothing_here)]
