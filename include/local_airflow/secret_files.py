"""Files only their owner can read, and the secrets that go into them."""

import base64
import os
import secrets
from pathlib import Path

from include.local_airflow.settings import Secrets


def make_secrets() -> Secrets:
    """New random secrets."""
    return Secrets(
        password=secrets.token_urlsafe(12),
        jwt_secret=secrets.token_urlsafe(64),
        api_secret=secrets.token_urlsafe(32),
        fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )


def write_secret_file(path: Path, text: str) -> None:
    """Write a file that only its owner can read, at no moment readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under a name of its own until it is whole: nobody reads half a file, and the mode is set
    # before there is anything to read.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
