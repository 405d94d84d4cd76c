"""What makes two texts the same: the hashes that versions, replies and approvals rest on."""

import hashlib
import json
import re
from typing import Any

UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL does not keep, and lone surrogates, which are no characters."""


def version_hash(title: str | None, text: str, stars: int | None) -> str:
    """SHA-256 of what a version says."""
    return _hash([title or "", text, stars])


def reply_hash(text: str) -> str:
    """SHA-256 of a reply; platforms re-wrap white space, which therefore does not count."""
    return _hash([" ".join(text.split())])


def approval_hash(version: str, text: str, rules_version: str) -> str:
    """SHA-256 that binds an approval: the version's hash, the exact reply, the rules."""
    return _hash([version, text, rules_version])


def clean(text: str) -> str:
    """The text without what no database keeps."""
    return UNPRINTABLE.sub("", text)


def clean_json(value: Any) -> Any:
    """A JSON value with every string in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(inner) for inner in value]
    return value


def _hash(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
