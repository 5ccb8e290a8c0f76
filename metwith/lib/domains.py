"""A domain that somebody typed, for a company or as the organisation's own."""

from __future__ import annotations

from django.utils.translation import gettext as _

from metwith.lib.addresses import fold_domain, registrable
from metwith.lib.freemail import is_free_mail


def check_domain(text: str) -> str:
    """The folded domain, without scheme, path, `@` and a leading `www.`: `"https://www.Acme.com/de"` → `"acme.com"`.

    Raises ValueError, saying what is wrong: it is none, it is a public suffix, or a free-mail provider's.
    """
    typed = text.strip()
    domain = fold_domain(_bare(typed))
    if "." not in domain:
        raise ValueError(_("“%(domain)s” is not a domain. Write it like acme.com.") % {"domain": typed[:100]})
    if not registrable(domain):
        raise ValueError(
            _("“%(domain)s” is shared by many organisations. Write the whole domain, like acme.%(domain)s.") % {"domain": domain}
        )
    if is_free_mail(domain):
        raise ValueError(
            _("“%(domain)s” belongs to a free-mail provider: everybody can have an address there. Use the people's addresses instead.")
            % {"domain": domain}
        )
    return domain


def _bare(typed: str) -> str:
    after_scheme = typed.rpartition("://")[2]
    host = after_scheme.partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    return host.removeprefix("www.") if host.count(".") > 1 else host
