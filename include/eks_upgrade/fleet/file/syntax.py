"""What to do about a text that is no YAML, in words about this file."""

import yaml

from include.eks_upgrade.fleet.file.document import Unreadable

_INDENT = "indent what belongs together alike"
_REMEDIES = (
    ("'\\t'", "indent with blanks, not with tabs"),
    ("alias", 'a text that begins with * is in quotes: "*-prod"'),
    ("alphabetic or numeric", 'a text that begins with * or & is in quotes: "*-prod"'),
    ("'%'", "a text that begins with % is in quotes"),
    ("cannot start any token", "write the text in quotes"),
    ("mapping values", f"{_INDENT}; quote a text with `: ` in it; write a blank after a colon"),
    ("expected ':'", "write a blank after the colon, and a key once in a line"),
    ("expected <block end>", _INDENT),
    ("another document", "keep one document: take away the line ---"),
    ("unexpected end of stream", "close the quotes"),
    ("expected ',' or", "close the bracket"),
    ("special characters", "take away the character that nobody can see"),
)
_ELSE = "correct it; docs/fleet.md has an example"
_FIRST = "; what stands behind it could not be looked at"


def unreadable(error: yaml.YAMLError) -> Unreadable:
    """What is wrong with it, where, and what to do."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    remedy = next((remedy for part, remedy in _REMEDIES if part in said), _ELSE)
    return Unreadable(f"it is no YAML: {said}{_FIRST}", remedy, mark.line + 1 if mark else 0)
