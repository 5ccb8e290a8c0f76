"""A page without the gaps that nobody sees: how its template is broken into lines is none of a test's business."""

from __future__ import annotations

import re

BLOCKS = (
    'article|aside|body|dd|details|dialog|div|dl|dt|fieldset|footer|form|h[1-6]|head|header|html|input type="hidden"|legend|li|main|nav|ol|option|p|'
    "section|select|summary|table|tbody|td|th|thead|title|tr|ul"
)  # fmt: skip


def tight(page: str) -> str:
    """With no gap beside what has a line or a box of its own, none at the end of a tag, and a single space wherever else there is one."""
    page = re.sub(r"\s+", " ", page).replace(" >", ">")
    return re.sub(rf" ?(</?(?:{BLOCKS})\b[^>]*>) ?", r"\1", page)
