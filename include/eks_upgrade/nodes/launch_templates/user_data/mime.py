"""User data as cloud-init takes it apart: plain, or a MIME message of parts. Pure.

What is not changed stays as it was written; of a part that is changed all headers stay but the one
that says how it is encoded.
https://cloudinit.readthedocs.io/en/latest/explanation/format.html
"""

import base64
import binascii
import gzip
import io
import re
import zlib
from collections.abc import Callable, Sequence
from email import message_from_bytes
from email.errors import CloseBoundaryNotFoundDefect
from email.generator import BytesGenerator
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart

from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    NO_PARTS_TYPE,
    NODE_CONFIG_TYPE,
    SCRIPT_TYPE,
    SETTINGS_TYPE,
    UNKNOWN_TYPE,
    UNSEEN_TYPE,
    WINDOWS_TYPE,
    Part,
)
from include.eks_upgrade.nodes.launch_templates.user_data.node_config import is_node_config
from include.eks_upgrade.nodes.launch_templates.user_data.settings import is_settings

_BOUNDARY = "==NODE-GROUP-USER-DATA=="
_GZIP = b"\x1f\x8b"
_ENCODING = "Content-Transfer-Encoding"

_BEGINNINGS = {
    "#cloud-config-archive": "text/cloud-config-archive",
    "#cloud-config": "text/cloud-config",
    "#cloud-boothook": "text/cloud-boothook",
    "#include": "text/x-include-url",
    "#part-handler": "text/part-handler",
    "## template: jinja": "text/jinja2",
    "#!": SCRIPT_TYPE,
}
"""By its first line cloud-init knows a text without a type."""

_TOLD_BY_BEGINNING = frozenset({"text/plain", "text/x-not-multipart", SCRIPT_TYPE})
"""Types that cloud-init does not trust (`cloudinit/user_data.py`)."""

_PACKED = frozenset(
    {"application/gzip", "application/gzip-compressed", "application/gzipped",
     "application/x-compress", "application/x-compressed", "application/x-gunzip",
     "application/x-gzip", "application/x-gzip-compressed"}
)  # fmt: skip
_WINDOWS = re.compile(r"<(?:powershell|script|persist|runAsLocalSystem)\b", re.IGNORECASE)


def is_compressed(raw: bytes) -> bool:
    """Whether user data is compressed by gzip, which cloud-init and Bottlerocket undo."""
    return raw.startswith(_GZIP)


def text_of(raw: bytes) -> str:
    """User data as text; what is no text is shown with replacement characters, never as empty."""
    if is_compressed(raw):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            return "\ufffd"
    return raw.decode("utf-8", errors="replace")


def compress(text: str) -> bytes:
    """The same text gives the same bytes."""
    return gzip.compress(text.encode(), mtime=0)


def is_mime(text: str) -> bool:
    """Whether the text is a MIME message, as cloud-init recognises it."""
    return "mime-version:" in text[:4096].lower()


def is_multipart(text: str) -> bool:
    """Whether it is a message of parts."""
    return is_mime(text) and _parsed(text).is_multipart()


def parts_of(text: str) -> list[Part]:
    """The parts, decoded; text that is no MIME message is one part."""
    if not is_mime(text):
        return [Part(_type_of_all(text), text)]
    message = _parsed(text)
    if not message.is_multipart():
        return [_only_part(message, text)]
    unseen = _unseen_by_nodeadm(message)
    return [Part(UNSEEN_TYPE, _decoded(leaf)) if leaf in unseen else _part(leaf)
            for leaf in _leaves(message)]  # fmt: skip


def _only_part(message: Message, text: str) -> Part:
    """The part of a message that is not taken apart."""
    found = _part(message)
    if found.content_type == NODE_CONFIG_TYPE:
        return Part(NODE_CONFIG_TYPE, text)  # nodeadm takes the headers for the first keys of it
    if found.content_type in _TOLD_BY_BEGINNING - {SCRIPT_TYPE}:
        return Part(UNKNOWN_TYPE, text)  # its headers stand behind something else
    if message.get_content_maintype() == "multipart":
        return Part(NO_PARTS_TYPE, text)
    return found


def _unseen_by_nodeadm(message: Message) -> list[Message]:
    """NodeConfigs that nodeadm does not come to.

    It reads no message inside of a message, and nothing at all of one whose end is missing
    (`nodeadm/internal/configprovider/mime.go`, Go's `mime/multipart`); cloud-init does both.
    """
    configs = [leaf for leaf in _leaves(message) if leaf.get_content_type() == NODE_CONFIG_TYPE]
    if any(isinstance(defect, CloseBoundaryNotFoundDefect) for defect in message.defects):
        return configs
    outermost = message.get_payload()
    return [leaf for leaf in configs if leaf not in outermost]


def _type_of_all(text: str) -> str:
    """The type of user data as a whole, which nodeadm, Bottlerocket and Windows look at, too."""
    # Whatever a first line is to cloud-init, to nodeadm and Bottlerocket it is a comment.
    if is_node_config(text):
        return NODE_CONFIG_TYPE
    if is_settings(text):
        return SETTINGS_TYPE
    known = _type_by_beginning(text)
    if known:
        return known
    return WINDOWS_TYPE if _WINDOWS.search(text) else UNKNOWN_TYPE


def _parsed(text: str) -> Message:
    # From bytes, because of a text with letters beyond ASCII the parser keeps only those.
    return message_from_bytes(text.encode())


def _set_payload(leaf: Message, text: str) -> None:
    leaf.set_payload(text.encode().decode("ascii", "surrogateescape"))


def _leaves(message: Message) -> list[Message]:
    return [part for part in message.walk() if not part.is_multipart()]


def _part(leaf: Message) -> Part:
    text, kind = _decoded(leaf), leaf.get_content_type()
    if kind in _TOLD_BY_BEGINNING | _PACKED:
        kind = _type_by_beginning(text) or kind
    return Part(kind, text)


def _type_by_beginning(text: str) -> str:
    start = text.lstrip().lower()
    found = (kind for beginning, kind in _BEGINNINGS.items() if start.startswith(beginning))
    return next(found, "")


def _decoded(leaf: Message) -> str:
    raw = _raw(leaf)
    return text_of(raw) if _is_packed(leaf) else raw.decode("utf-8", errors="replace")


def _raw(leaf: Message) -> bytes:
    """The bytes of a part, decoded as its reader does it: nodeadm tries base64 unasked."""
    raw = leaf.get_payload(decode=True)
    raw = raw if isinstance(raw, bytes) else b""
    return base64.b64decode(raw) if _is_base64_unsaid(leaf, raw) else raw


def _is_base64_unsaid(leaf: Message, raw: bytes) -> bool:
    if leaf.get_content_type() != NODE_CONFIG_TYPE or not raw.strip():
        return False
    try:
        base64.b64decode(b"".join(raw.splitlines()), validate=True)
    except binascii.Error:
        return False
    return True


def with_texts_changed(text: str, change: Callable[[str], str]) -> str:
    """The same user data with `change` made in the text of each part."""
    if not is_mime(text):
        return change(text)
    message = _parsed(text)
    encoded = [leaf for leaf in _leaves(message) if _is_encoded(leaf)]
    changed = [leaf for leaf in encoded if change(_decoded(leaf)) != _decoded(leaf)]
    if not changed:
        # What is encoded holds nothing to change, so the rest is changed where it stands.
        return change(text)
    for leaf in _leaves(message):
        _set_text(leaf, change(_decoded(leaf)), plain=leaf in changed)
    return _written(message)


def _is_encoded(leaf: Message) -> bool:
    """Whether the part's text is not to be seen in the message."""
    raw = leaf.get_payload(decode=True)
    unsaid = isinstance(raw, bytes) and _is_base64_unsaid(leaf, raw)
    return bool(leaf[_ENCODING]) or unsaid or _is_packed(leaf)


def _is_packed(leaf: Message) -> bool:
    """Whether the part is compressed, and its reader undoes that: cloud-init by its type."""
    undone = leaf.get_content_type() in _PACKED | {NODE_CONFIG_TYPE}
    return undone and is_compressed(_raw(leaf))


def _set_text(leaf: Message, text: str, *, plain: bool) -> None:
    if plain:
        packed = _is_packed(leaf)
        del leaf[_ENCODING]
        if packed and leaf.get_content_type() in _PACKED:
            leaf.set_type(_type_by_beginning(text) or "text/plain")
    elif _is_encoded(leaf):
        return
    _set_payload(leaf, text)


def with_part_after(text: str | None, part: Part) -> str:
    """The user data with one more part at its end; what was there keeps its headers."""
    body = _body(part)
    message = _parsed(text) if text and is_mime(text) else None
    if message is None or not message.is_multipart():
        message = MIMEMultipart("mixed", boundary=_BOUNDARY)
        for one in parts_of(text) if text else ():
            message.attach(_body(one))
    message.attach(body)
    return _written(message)


def without(text: str, left_out: Sequence[int]) -> str | None:
    """The user data without the parts of these numbers; None when nothing is left of it."""
    if not is_mime(text) or not _parsed(text).is_multipart():
        return None if left_out else text
    message = _parsed(text)
    gone = [leaf for number, leaf in enumerate(_leaves(message)) if number in left_out]
    if len(gone) == len(_leaves(message)):
        return None
    for parent in message.walk():
        payload = parent.get_payload()
        if parent.is_multipart() and isinstance(payload, list):
            parent.set_payload([one for one in payload if one not in gone])
    return _written(message)


def _body(part: Part) -> MIMEBase:
    kind, _, subtype = part.content_type.partition("/")
    body = MIMEBase(kind, subtype)
    del body["MIME-Version"]
    _set_payload(body, part.text)
    return body


def _ends_matter(raw: bytes) -> bool:
    """Whether a carriage return is more than a part of the text's usual line ends.

    A message's generator makes all line ends alike; cloud-init those only of a script whose first
    line ends as on Windows.
    """
    windows = raw.partition(b"\n")[0].endswith(b"\r")
    return bool(re.search(rb"\r(?!\n)", raw)) or (b"\r" in raw and not windows)


def _written(message: Message) -> str:
    """The message as text; the same message gives the same text, and no header is folded anew."""
    for leaf in _leaves(message):
        raw = leaf.get_payload(decode=True)
        if isinstance(raw, bytes) and not leaf[_ENCODING] and _ends_matter(raw):
            leaf[_ENCODING] = "base64"
            leaf.set_payload(base64.encodebytes(raw).decode("ascii"))
    file = io.BytesIO()
    BytesGenerator(file, mangle_from_=False, maxheaderlen=0).flatten(message)
    return file.getvalue().decode()
