"""Files whose bytes are never kept because they look like secrets: by their name, by their first bytes, by what the redactor finds.

Of a large text beginning, end and some pieces between are looked at; a file without text is judged by name and head alone.
"""

from __future__ import annotations

import os
import re
from typing import BinaryIO

from labjournal.recorders.redaction import Redactor

__all__ = ["looks_secret", "named_like_a_secret"]

_NAMES = re.compile(
    r"""\.env(?:rc)?(?:\..*)? | .*\.env | id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:\..*)? | ssh_host_.*_key | \.netrc | _netrc | \.pgpass | \.my\.cnf
    | \.pypirc | \.npmrc | \.dockercfg | \.htpasswd | \.git-credentials | .*credentials?(?:\..*)? | .*secrets?(?:\..*)? | .*passwords?(?:\..*)?
    | .*_?tokens?\.(?:json|txt|ya?ml|pickle|pkl) | kaggle\.json | client_secret.*\.json | service[_-]?account.*\.json | .*\.kube.*config | kubeconfig
    | shadow | .*\.(?:pem|key|p12|pfx|jks|keystore|kdbx?|ppk|asc|gpg|pgp|ovpn|keytab|agekey|tfstate|tfvars)""",
    re.IGNORECASE | re.VERBOSE,
)
_FOLDERS = frozenset((".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", "gcloud"))
_HEADS = (
    b"-----BEGIN", b"PuTTY-User-Key-File", b"\x03\xd9\xa2\x9a", b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce", b"openssh-key-v1", b"age-encryption.org",
    b"SSH PRIVATE KEY FILE",
)  # fmt: skip
_PIECE = 64 << 10
_WHOLE = 512 << 10
_BETWEEN = 8
_OVERLAP = 512


def named_like_a_secret(path: str) -> bool:
    """Whether the name of the file, or of a folder it lies in, says so."""
    *folders, name = path.replace("\\", "/").split("/")
    return _NAMES.fullmatch(name) is not None or not _FOLDERS.isdisjoint(folders)


def looks_secret(source: BinaryIO, redactor: Redactor) -> bool:
    """Whether the bytes say so; leaves the file where it began."""
    try:
        head = source.read(_PIECE)
        if any(sign in head[:256] for sign in _HEADS) or b"PRIVATE KEY" in head:
            return True
        if b"\0" in head[:8192]:
            return False  # no text
        size = source.seek(0, os.SEEK_END)
        return any(_has_secret(source, start, redactor) for start in _starts(size))
    finally:
        source.seek(0)


def _starts(size: int) -> list[int]:
    """Where the pieces that are looked at begin."""
    step = _PIECE - _OVERLAP
    if size <= _WHOLE:
        return list(range(0, max(size, 1), step))
    return [0, step, *(size * part // (_BETWEEN + 1) for part in range(1, _BETWEEN + 1)), size - _PIECE]


def _has_secret(source: BinaryIO, start: int, redactor: Redactor) -> bool:
    source.seek(start)
    return redactor.text(source.read(_PIECE).decode("utf-8", "replace")).count > 0
