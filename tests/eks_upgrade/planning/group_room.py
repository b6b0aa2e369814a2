"""What AWS says around a group to be made: its template, subnets, types of instances, quotas."""

import base64
from dataclasses import replace

from include.eks_upgrade.aws.capacity.surge import CniMode, SurgeFacts
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.managed.marks import REPLACES

CA = "Q0E="
CLUSTER = {
    "endpoint": "https://demo.example",
    "certificateAuthority": {"data": CA},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16"},
}
OURS = {REPLACES: "pool"}
"""The tag of a new group that was made for this one."""

TEMPLATE = {"id": "lt-1", "name": "own", "version": "3"}
IMAGES = {
    family: Image("ami-2", "own", "x86_64", family, "1.26", "asked for")
    for family in ("al2", "al2023", "bottlerocket")
}


def version(user_data="#!/bin/bash\n/etc/eks/bootstrap.sh demo\n", **data):
    encoded = base64.b64encode(user_data.encode()).decode()
    held = {"ImageId": "ami-1", "InstanceType": "m5.large", "UserData": encoded, **data}
    held = {key: value for key, value in held.items() if value is not None}
    return {"LaunchTemplateId": "lt-1", "VersionNumber": 3, "LaunchTemplateData": held}


def instance_type(name, vcpus=2, **network):
    found = {"Ipv4AddressesPerInterface": 10, "MaximumNetworkInterfaces": 3, **network}
    return {"InstanceType": name, "VCpuInfo": {"DefaultVCpus": vcpus}, "NetworkInfo": found}


def subnet(free=200, **more):
    return {"State": "available", "AvailableIpAddressCount": free, **more}


def surge(**changes):
    usual = SurgeFacts(
        subnets={"subnet-a": subnet()},
        instance_types={"m5.large": instance_type("m5.large")},
        quotas={"L-6D54EA21": 30, "L-BD136A63": 450, "L-1216C47A": 64, "L-34B43A08": 64},
        cni=CniMode(),
    )
    return replace(usual, **changes)
