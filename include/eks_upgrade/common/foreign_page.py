"""A web page where an API's answer was expected: a proxy's, a gateway's, a login's. Pure."""

import html
import re

MAX_TITLE = 80
"""Characters of a page's title that are shown."""

LET_THROUGH = (
    "let the proxy, gateway or firewall between this machine and it pass the call, or go another "
    "way (HTTPS_PROXY, NO_PROXY, the connection, a private endpoint)"
)

_PAGE = re.compile(r"<!doctype\s+html|<html\b", re.IGNORECASE)
_SHOWN = re.compile(rf"(?:\bb)?[\"']?(?:{_PAGE.pattern})", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)(?:</title|\Z)", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(r"<h1[^>]*>(.*?)(?:</h1|\Z)", re.IGNORECASE | re.DOTALL)


def is_page(body: str | bytes) -> bool:
    """Whether this is a web page from its beginning on, whatever its content type says."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    return bool(_PAGE.match(text.lstrip("\ufeff \t\r\n")))


def page_in_words(text: str) -> str:
    """What a page is called: `an HTML page titled 'Access denied'`, by title or heading."""
    titles = (_plain(found[1]) for form in (_TITLE, _HEADING) if (found := form.search(text)))
    title = next(filter(None, titles), "")
    return f"an HTML page titled {title!r}" if title else "an HTML page without a title"


def _plain(markup: str) -> str:
    # A title that has been through repr() has its line ends as two characters.
    text = html.unescape(markup).replace("\\n", " ")
    return " ".join(re.sub(r"<[^>]*>?", "", text).split())[:MAX_TITLE]


def without_page(text: str) -> str:
    """The text with a page in it named instead of shown."""
    found = _SHOWN.search(text)
    if found is None:
        return text
    return f"{text[: found.start()].rstrip()} {page_in_words(text[found.start() :])}".strip()
