"""Fingerprints of texts: when do two versions, or two replies, say the same."""

import hashlib
import json
import re
from typing import Any

UNKEPT = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL does not keep, and lone surrogates, which are no characters."""


def version_hash(title: str | None, text: str, stars: int | None) -> str:
    """SHA-256 of a version's words and stars; no title and an empty one are the same."""
    said = json.dumps([title or "", text, stars], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def reply_hash(text: str) -> str:
    """SHA-256 of an owner reply, spaces and line breaks made alike: platforms change those."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def approval_hash(version_hash: str, text: str, rules_version: str) -> str:
    """What an approval is bound to: the version answered, the reply's text, the rules."""
    return hashlib.sha256("\0".join((version_hash, text, rules_version)).encode()).hexdigest()


def clean(text: str) -> str:
    """The text without what no database keeps."""
    return UNKEPT.sub("", text)


def clean_json(value: Any) -> Any:
    """A JSON value with every string in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): clean_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(inner) for inner in value]
    return value
