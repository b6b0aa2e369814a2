"""The rehearsal's credentials, and boto3 sessions that use them."""

from collections.abc import Iterator, Mapping
from typing import Literal

import boto3
from botocore.loaders import Loader
from botocore.session import Session as CoreSession

from include.rehearsal.places import HOME_ACCOUNT

# Not secrets: they open nothing but this process. moto wants twenty capital characters.
ACCESS_KEY = "AKIAREHEARSAL0000000"
SECRET_KEY = "rehearsal/secret/opens/nothing/else"  # noqa: S105 - see above

# Reading the service models is most of what a client costs; they are read once.
_models = Loader()


class Keys(Mapping[str, str]):
    """The access keys that are good now: secret access keys by access key id.

    Both sides look here at every request. AWS calls with a key that was never good are
    answered all the same, for moto does not check signatures; bearer tokens are not.
    """

    def __init__(self) -> None:
        self._pairs = {ACCESS_KEY: SECRET_KEY}
        self._accounts: dict[str, str] = {}
        self._bad: dict[str, Literal["expired", "unknown"]] = {}
        self._current = ACCESS_KEY

    @property
    def current(self) -> tuple[str, str]:
        """The access key id and the secret to use now."""
        return self._current, self._pairs[self._current]

    def rotate(self) -> tuple[str, str]:
        """Make a new pair and delete the current one, as when a user's key is rotated."""
        old, number = self._current, len(self._bad) + 1
        self._current = f"AKIAREHEARSAL{number:07d}"
        self._pairs[self._current] = f"{SECRET_KEY}/{number}"
        self._end(old, "unknown")
        return self.current

    def learn(self, key_id: str, secret: str, account: str = HOME_ACCOUNT) -> None:
        """A further pair, as a session's: its tokens are good in this account from now on."""
        self._pairs.setdefault(key_id, secret)
        self._accounts.setdefault(key_id, account)

    def of(self, account: str) -> Mapping[str, str]:
        """The keys that are good for clusters of this account; looked up at each use."""
        return _AccountKeys(self, account)

    def account_of(self, key_id: str) -> str:
        """Where a key is at home."""
        return self._accounts.get(key_id, HOME_ACCOUNT)

    def expire(self, key_id: str) -> None:
        """The credentials with this access key id are expired from now on."""
        self._end(key_id, "expired")

    def problem(self, key_id: str) -> Literal["expired", "unknown"] | None:
        """Why AWS refuses this access key id, or None."""
        return self._bad.get(key_id)

    def _end(self, key_id: str, why: Literal["expired", "unknown"]) -> None:
        self._bad[key_id] = why
        if key_id != self._current:
            self._pairs.pop(key_id, None)

    def __getitem__(self, key_id: str) -> str:
        if key_id in self._bad:
            raise KeyError(key_id)
        return self._pairs[key_id]

    def __iter__(self) -> Iterator[str]:
        return iter([key_id for key_id in self._pairs if key_id not in self._bad])

    def __len__(self) -> int:
        return len(list(iter(self)))


class _AccountKeys(Mapping[str, str]):
    """The keys of one account."""

    def __init__(self, keys: Keys, account: str) -> None:
        self._keys, self._account = keys, account

    def __getitem__(self, key_id: str) -> str:
        if self._keys.account_of(key_id) != self._account:
            raise KeyError(key_id)
        return self._keys[key_id]

    def __iter__(self) -> Iterator[str]:
        return (each for each in self._keys if self._keys.account_of(each) == self._account)

    def __len__(self) -> int:
        return len(list(iter(self)))


def session(region: str, pair: tuple[str, str] = (ACCESS_KEY, SECRET_KEY)) -> boto3.Session:
    """A boto3 session with the rehearsal's credentials; its clients need the endpoint's URL."""
    core = CoreSession()
    core.register_component("data_loader", _models)
    return boto3.Session(
        aws_access_key_id=pair[0],
        aws_secret_access_key=pair[1],
        region_name=region,
        botocore_session=core,
    )
