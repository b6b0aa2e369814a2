"""What EKS offers: versions of clusters and of add-ons, with what fits what."""

import json
from datetime import UTC, datetime
from typing import Any

from include.rehearsal import catalogue
from include.rehearsal.aws import errors
from include.rehearsal.aws.eks.addon_schemas import schema_of
from include.rehearsal.aws.eks.state import EksRegion, page

LATEST = "1.36"


def cluster_versions(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - same shape as the others
    """DescribeClusterVersions, newest first."""
    wanted = request.get("clusterVersions") or []
    found = []
    for entry in reversed(catalogue.data()["versions"]):
        row = _cluster_row(entry)
        if wanted and row["clusterVersion"] not in wanted:
            continue
        if row["versionStatus"] == "UNSUPPORTED" and not (request.get("includeAll") or wanted):
            continue
        if request.get("versionStatus") not in (None, row["versionStatus"]):
            continue
        if request.get("defaultOnly") and not row["defaultVersion"]:
            continue
        found.append(row)
    return page(found, request, "clusterVersions")


def _cluster_row(entry: dict[str, Any]) -> dict[str, Any]:
    standard, extended = _day(entry["standard_ends"]), _day(entry["extended_ends"])
    # The offer stands still: by real dates, versions would leave it while nobody changed anything.
    moment = _day(catalogue.data()["as_of"])
    status = "UNSUPPORTED"
    if moment < extended:
        status = "STANDARD_SUPPORT" if moment < standard else "EXTENDED_SUPPORT"
    return {
        "clusterVersion": entry["version"],
        "clusterType": "eks",
        "defaultPlatformVersion": entry["platform"],
        "defaultVersion": entry["version"] == LATEST,
        "releaseDate": _day(entry["released"]),
        "endOfStandardSupportDate": standard,
        "endOfExtendedSupportDate": extended,
        # In capitals as versionStatus is, not as the API reference spells it: so the one answer
        # that is published, tests/recordings/aws/describe-cluster-versions-2025.json.
        "status": status,
        "versionStatus": status,
        "kubernetesPatchVersion": entry["patch"],
    }


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)


def addon_versions(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - same shape as the others
    """DescribeAddonVersions, newest version of each add-on first."""
    wanted, found = request.get("kubernetesVersion"), []
    for name, entry in catalogue.data()["addons"].items():
        if request.get("addonName") not in (None, name):
            continue
        known = reversed(catalogue.addon_versions(name))
        rows = [_addon_row(v, wanted, entry) for v in known]
        rows = [row for row in rows if row["compatibilities"]]
        if rows:
            found.append(
                {
                    "addonName": name,
                    "type": entry["type"],
                    "owner": entry.get("owner", "aws"),
                    "publisher": "eks",
                    "addonVersions": rows,
                }
            )
    if request.get("addonName") and request["addonName"] not in catalogue.data()["addons"]:
        raise errors.not_found(
            f"Addon {request['addonName']} is not supported", addonName=request["addonName"]
        )
    return page(found, request, "addons")


def _addon_row(
    version: catalogue.AddonVersion, wanted: str | None, entry: dict[str, Any]
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "addonVersion": version.version,
        "architecture": ["amd64", "arm64"],
        "computeTypes": entry.get("compute_types", ["ec2", "hybrid"]),
        "compatibilities": [
            {
                "clusterVersion": cluster,
                "platformVersions": entry.get("platforms", {}).get(version.version, ["*"]),
                "defaultVersion": cluster in version.defaults,
            }
            for cluster in reversed(version.clusters)
            if wanted in (None, cluster)
        ],
        "requiresConfiguration": False,
        "requiresIamPermissions": entry.get("needs_role", False),
    }
    if version.version in entry.get("without_compute_types", ()):
        row.pop("computeTypes")
    return row


def addon_configuration(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - same shape as the others
    """DescribeAddonConfiguration: the schema of one version, as a text."""
    known = {v.version for v in catalogue.addon_versions(request["addonName"])}
    if request["addonVersion"] not in known:
        raise errors.not_found(
            f"No addon version {request['addonVersion']} of {request['addonName']}",
            addonName=request["addonName"],
        )
    schema = schema_of(request["addonName"], request["addonVersion"])
    return {
        "addonName": request["addonName"],
        "addonVersion": request["addonVersion"],
        "configurationSchema": json.dumps(schema),
        "podIdentityConfiguration": [],
    }
