"""Further accounts: an administrator's key in each, and roles that are trusted across accounts."""

import json
from collections.abc import Collection
from typing import Any

from moto.iam.models import iam_backends

from include.rehearsal.aws.rights.account import USER
from include.rehearsal.places import KnownAccount
from include.rehearsal.world import World


def open_account(
    world: World,
    number: str,
    name: str,
    *,
    state: str | None = "ACTIVE",
    closed_regions: Collection[str] = (),
) -> KnownAccount:
    """An account that nothing was made in yet; one that is open already is given back.

    Args:
        world: a world that moto serves (`aws.install.install`).
        number: twelve digits.
        name: as the organisation calls it.
        state: in the organisation, whose management account is home; None: it is not in it.
        closed_regions: regions that it has not enabled.
    """
    with world.clock.lock:
        if number in world.accounts:
            return world.accounts[number]
        iam: Any = iam_backends[number]["aws"]
        iam.create_user("us-east-1", USER)
        key = iam.create_access_key(USER)
        pair = str(key.access_key_id), str(key.secret_access_key)
        world.keys.learn(*pair, number)
        made = KnownAccount(number, name, pair, state, set(closed_regions))
        world.accounts[number] = made
        return made


def trust(account: str, external_id: str = "") -> str:
    """A trust policy that lets everybody in an account assume the role, if they may there."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
