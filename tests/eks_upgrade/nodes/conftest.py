"""EC2 and SSM that answer what a test lays out, in order."""

import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.aws.clients import AwsClients


@pytest.fixture
def aws():
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}
    ec2 = boto3.client("ec2", "us-east-1", **keys)
    ssm = boto3.client("ssm", "us-east-1", **keys)
    with Stubber(ec2) as ec2_stub, Stubber(ssm) as ssm_stub:
        yield AwsClients("us-east-1", None, ec2, None, ssm), ec2_stub, ssm_stub
        ec2_stub.assert_no_pending_responses()
        ssm_stub.assert_no_pending_responses()
