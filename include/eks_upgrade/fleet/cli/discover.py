"""Which clusters there are, asked of AWS from a person's own machine. Changes nothing.

Airflow's connections are unknown here: credentials are boto3's (environment, profile, SSO), and the
role that the fleet file names for an account is assumed with them.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.fleet.cluster import Found
from include.eks_upgrade.fleet.discovery.merged import merge
from include.eks_upgrade.fleet.discovery.organization import read_organization
from include.eks_upgrade.fleet.discovery.place import Member, Place, members, places
from include.eks_upgrade.fleet.discovery.read_place import discover_place
from include.eks_upgrade.fleet.file.model import FleetFile

SIDE_BY_SIDE = 8
"""Places that are looked at at the same time."""

ORGANIZATION = "organization"
"""By this name `--profile` gives the profile of the organisation and of its accounts."""

_PATIENT = Config(
    connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)
_SESSION = "eks-fleet-plan"


def discover(file: FleetFile, profiles: Mapping[str, str]) -> Found:
    """The clusters of all places that the file means; what cannot be looked at is told in it.

    Args:
        file: the fleet file.
        profiles: of the AWS configuration, by the account's name in the file.

    Raises:
        UpgradeError: the accounts of the organisation cannot be listed.
    """
    where = places(file, _organisation(file, profiles))
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return merge(list(pool.map(lambda place: _look(place, profiles), where)))


def _look(place: Place, profiles: Mapping[str, str]) -> Found:
    return discover_place(place, partial(connect, place, profiles))


def _organisation(file: FleetFile, profiles: Mapping[str, str]) -> list[Member]:
    if file.organization is None:
        return []
    with aws_errors_about("the credentials for the organisation"):
        session = boto3.Session(
            profile_name=profiles.get(ORGANIZATION), region_name=file.organization.regions[0]
        )
        client = session.client("organizations", config=_PATIENT)
    return members(read_organization(client), file.organization.leave_out)


def connect(place: Place, profiles: Mapping[str, str]) -> AwsClients:
    """Clients of one place.

    Raises:
        UpgradeError: there are no credentials, or the role may not be assumed.
    """
    with aws_errors_about(f"the credentials for {place.title}"):
        profile = profiles.get(place.account_name) or profiles.get(ORGANIZATION)
        session = boto3.Session(profile_name=profile, region_name=place.region)
        if place.role_arn:
            session = _with_role(session, place)
        return AwsClients(
            region=place.region,
            eks=session.client("eks", config=_PATIENT),
            ec2=session.client("ec2", config=_PATIENT),
            autoscaling=session.client("autoscaling", config=_PATIENT),
            ssm=session.client("ssm", config=_PATIENT),
            sts=session.client("sts", config=_PATIENT),
        )


def _with_role(session: Any, place: Place) -> Any:
    given = session.client("sts", config=_PATIENT).assume_role(
        RoleArn=place.role_arn, RoleSessionName=_SESSION
    )["Credentials"]
    return boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=place.region,
    )
