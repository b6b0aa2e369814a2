"""A cluster reached by boto3's own chain: environment, profiles, instance roles. For command lines.

The token for the cluster is a presigned call of STS, made anew each time it is asked for and never
stored: https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html
"""

import base64
from dataclasses import dataclass, fields
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.signers import RequestSigner

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.truncated_responses import refuse_truncated_responses
from include.eks_upgrade.kube.connection.access import ClusterAccess

PATIENT = Config(
    retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=30
)
_SERVICES = {"quotas": "service-quotas", "zonal_shift": "arc-zonal-shift"}
"""Names of services that are not those of their clients here."""

_PREFIX, _SECONDS = "k8s-aws-v1.", 60


@dataclass(frozen=True)
class OwnChain:
    """Where a cluster is, and with which credentials it is asked."""

    cluster: str
    session: boto3.Session

    def clients(self) -> AwsClients:
        """A client for every service that is asked."""
        made: dict[str, Any] = {
            one.name: self._client(_SERVICES.get(one.name, one.name))
            for one in fields(AwsClients)
            if one.name != "region"
        }
        return AwsClients(region=str(made["eks"].meta.region_name), **made)

    def _client(self, service: str) -> Any:
        session: Any = self.session
        return refuse_truncated_responses(session.client(service, config=PATIENT))

    def access(self, cluster: dict[str, Any]) -> ClusterAccess:
        """How to reach the Kubernetes API of a cluster as DescribeCluster returned it."""
        return ClusterAccess(
            endpoint=cluster["endpoint"],
            certificate_authority=cluster["certificateAuthority"]["data"],
            token=self._token,
        )

    def _token(self) -> str:
        credentials = self.session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        client = self.session.client("sts")
        signer = RequestSigner(
            client.meta.service_model.service_id,
            client.meta.region_name,
            "sts",
            "v4",
            credentials,
            self.session.events,
        )
        request = {
            "method": "GET",
            "url": f"{client.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {},
            "headers": {"x-k8s-aws-id": self.cluster},
            "context": {},
        }
        url = signer.generate_presigned_url(
            request,
            region_name=client.meta.region_name,
            expires_in=_SECONDS,
            operation_name="",
        )
        return _PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def own_chain(cluster: str, *, region: str, profile: str, role_arn: str) -> OwnChain:
    """The chain, with a role assumed by it where one is named.

    Raises:
        BotoCoreError, ClientError: as botocore and STS answer.
    """
    session = boto3.Session(profile_name=profile or None, region_name=region or None)
    if not role_arn:
        return OwnChain(cluster, session)
    assumed = session.client("sts", config=PATIENT).assume_role(
        RoleArn=role_arn, RoleSessionName="eks-upgrade-preflight"
    )["Credentials"]
    return OwnChain(
        cluster,
        boto3.Session(
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
            region_name=session.region_name,
        ),
    )
