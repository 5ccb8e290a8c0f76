"""What is wrong with a server's certificate, in words, and what may be done about it."""

from __future__ import annotations

from metwith.lib.i18n import _
from metwith.lib.net.http_errors import BadCertificate

UNKNOWN = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's codes (x509_vfy.h): no issuer found, or one that nobody vouches for; signed by itself."""
NOT_NOW = frozenset({9, 10})
"""Not valid yet, or no longer."""
OTHER_NAME = frozenset({62, 64})


def refused(host: str, code: int, detail: str) -> BadCertificate:
    """The error for a certificate that OpenSSL refused with a code; `detail` are its own words."""
    if code in UNKNOWN:
        message = _("Nobody whom Metwith trusts vouches for the server's certificate.")
        advice = _(
            "If the server is your organisation's own, whoever runs Metwith can make its certificate known (SSL_CERT_FILE). "
            "If it is not, whoever runs the server may have left out a part of its certificate."
        )
    elif code in NOT_NOW:
        message = _("The server's certificate has run out, or is not valid yet.")
        advice = _("Whoever runs the server has to renew it. If it is new, the clock of this installation may be wrong.")
    elif code in OTHER_NAME:
        message = _("The server's certificate is for another name than this address.")
        advice = _("Check the address. If it is right, whoever runs the server has to mend its certificate.")
    else:
        message = _("The server's certificate is not valid.")
        advice = _("Check the address. Whoever runs the server may have to renew its certificate.")
    return BadCertificate(message, host=host, hint=detail, advice=advice)


def no_tls(host: str, detail: str) -> BadCertificate:
    """The error where no secure connection came about at all."""
    message = _("No secure connection could be made.")
    return BadCertificate(message, host=host, hint=detail, advice=_("Check the address, and its port if it has one."))
