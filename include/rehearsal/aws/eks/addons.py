"""EKS add-ons: versions, creation, updates that roll the workload, deletion.

Rules: https://docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html (one minor at a
time), managing-kube-proxy.html (never newer than the control plane).
"""

from typing import Any

from include.rehearsal import catalogue
from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.addon_schemas import check_values
from include.rehearsal.aws.eks.addon_workloads import image_of, manifests, workload_of
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, new_id, now, page
from include.rehearsal.aws.eks.updates import Change, as_json, begin_once
from include.rehearsal.aws.eks.version_checks import check_free
from include.rehearsal.faults import AddonEnd

IDLE = ("ACTIVE", "DEGRADED", "UPDATE_FAILED")

ONLY_MADE_ANEW = ("CREATE_FAILED", "DELETE_FAILED")
"""Add-ons that EKS does not update. The refusal names CREATE_FAILED, as others read it
(terraform-provider-aws, internal/service/eks/addon.go); its whole text, and that DELETE_FAILED is
alike, is assumed."""


def create(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """CreateAddon: at the default version unless one is named."""
    state, name = region.cluster(request["clusterName"]), request["addonName"]
    if name in state.addons:
        raise errors.in_use("Addon already exists.", clusterName=state.name, addonName=name)
    version = request.get("addonVersion") or _default(state, name)
    _check_offered(state, name, version)
    check_values(name, version, request.get("configurationValues"))
    addon = {
        "addonName": name,
        "clusterName": state.name,
        "status": "CREATING",
        "addonVersion": version,
        "health": {"issues": []},
        "addonArn": region.arn("addon", state.name, name, new_id()),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": request.get("tags") or {},
    }
    addon.update(_kept(region, state, name, request))
    state.addons[name] = addon
    kube = world().kube(state.key)
    if kube:
        for manifest in manifests(name, version, region.region_name):
            kube.apply(manifest)
    end = world().faults.take_addon(state.key, name)
    world().clock.later(world().timings.addon, lambda: _settle(addon, end))
    return {"addon": addon}


def _settle(addon: dict[str, Any], end: AddonEnd | None) -> None:
    """The status and health that an add-on has when EKS is done with it."""
    issues = list(end.issues) if end else []
    addon.update(
        status=end.status if end else "ACTIVE", health={"issues": issues}, modifiedAt=now()
    )


def _heal_later(addon: dict[str, Any], end: AddonEnd) -> None:
    """AWS gave up on its own time-out; the add-on gets well all the same, and nothing goes back.

    https://github.com/hashicorp/terraform-provider-aws/pull/49104
    """
    if end.heals_after is not None:
        world().clock.later(end.heals_after, lambda: _settle(addon, None))


def _kept(
    region: EksRegion, state: ClusterState, name: str, request: dict[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        key: request[key]
        for key in ("configurationValues", "serviceAccountRoleArn", "namespaceConfig")
        if request.get(key) is not None
    }
    if request.get("podIdentityAssociations") is not None:
        found["podIdentityAssociations"] = [
            region.arn("podidentityassociation", state.name, f"a-{name}-{number}")
            for number, _ in enumerate(request["podIdentityAssociations"])
        ]
    return found


def _default(state: ClusterState, name: str) -> str:
    known = catalogue.addon_versions(name)
    found = [v.version for v in known if state.version in v.defaults]
    if not found:
        raise errors.invalid_parameter(
            f"Addon {name} specified is not supported in {state.version} kubernetes version",
            clusterName=state.name,
            addonName=name,
        )
    return found[0]


def _check_offered(state: ClusterState, name: str, version: str) -> None:
    known = {v.version: v for v in catalogue.addon_versions(name)}
    if version not in known or state.version not in known[version].clusters:
        raise errors.invalid_parameter(
            f"Addon version specified is not supported: {name} {version} on Kubernetes "
            f"{state.version}",
            clusterName=state.name,
            addonName=name,
        )


def describe(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeAddon."""
    return {"addon": region.cluster(request["clusterName"]).addon(request["addonName"])}


def list_addons(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """ListAddons."""
    return page(sorted(region.cluster(request["clusterName"]).addons), request, "addons")


def update(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateAddon: the workload's image rolls, the add-on becomes ACTIVE or UPDATE_FAILED.

    Raises:
        AwsError: ResourceNotFound, ResourceInUse, InvalidParameter.
    """
    state = region.cluster(request["clusterName"])
    addon = state.addon(request["addonName"])
    return begin_once(state, request, lambda: _change(region, state, addon, request))


def _change(
    region: EksRegion, state: ClusterState, addon: dict[str, Any], request: dict[str, Any]
) -> Change:
    name = addon["addonName"]
    version = request.get("addonVersion") or addon["addonVersion"]
    _check_idle(state, addon)
    _check_move(state, addon, version)
    # Values that are left out seem to stay, and so are held against the new version, too: assumed.
    values = request.get("configurationValues") or addon.get("configurationValues")
    check_values(name, version, values)
    addon["status"] = "UPDATING"
    end = world().faults.take_addon(state.key, name)

    def roll() -> None:
        _roll(region, state, addon, request, version)
        _settle(addon, end)

    def fail(wrong: list[dict[str, Any]]) -> None:
        # DEGRADED: the new version was installed and does not get healthy, or does so later.
        # With every other ending, and without one, the old version stays.
        if end and end.status == "DEGRADED":
            roll()
            _heal_later(addon, end)
        elif end:
            _settle(addon, end)
        else:
            _fail(addon, wrong)

    return Change(
        kind="AddonUpdate",
        params=_params(request, version),
        seconds=world().timings.addon,
        succeed=roll,
        fail=fail,
        addon=name,
        errors=end.errors() if end and end.update == "Failed" else None,
    )


def _check_idle(state: ClusterState, addon: dict[str, Any]) -> None:
    name = addon["addonName"]
    if addon["status"] in ONLY_MADE_ANEW:
        raise errors.invalid_parameter(
            f"Addon {name} cannot be updated as it is currently in {addon['status']} state",
            clusterName=state.name,
            addonName=name,
        )
    check_free(state, "AddonUpdate")
    running = state.running(addon=name)
    if running or addon["status"] not in IDLE:
        raise errors.in_use(
            f"Addon {name} cannot be updated as it is currently in {addon['status']} state"
            + (f" (update {running})" if running else ""),
            clusterName=state.name,
            addonName=name,
        )


def _check_move(state: ClusterState, addon: dict[str, Any], version: str) -> None:
    name, current = addon["addonName"], addon["addonVersion"]
    entry = catalogue.data()["addons"].get(name, {})
    if entry.get("follows_cluster") and catalogue.minor(version) > catalogue.minor(state.version):
        raise errors.invalid_parameter(
            f"Addon version specified is not supported: {name} {version} is newer than the "
            f"control plane ({state.version})",
            clusterName=state.name,
            addonName=name,
        )
    _check_offered(state, name, version)
    step = abs(catalogue.minor(version) - catalogue.minor(current))
    if entry.get("stepwise") and step > 1:
        raise errors.invalid_parameter(
            f"Updating {name.upper()} can only go up or down 1 minor version at a time "
            f"(from {current} to {version})",
            clusterName=state.name,
            addonName=name,
        )


def _params(request: dict[str, Any], version: str) -> dict[str, str]:
    params = {"AddonVersion": version}
    for key in ("resolveConflicts", "serviceAccountRoleArn", "configurationValues"):
        if request.get(key) is not None:
            params[key[0].upper() + key[1:]] = str(request[key])
    if request.get("podIdentityAssociations") is not None:
        params["PodIdentityAssociations"] = as_json(request["podIdentityAssociations"])
    return params


def _roll(
    region: EksRegion,
    state: ClusterState,
    addon: dict[str, Any],
    request: dict[str, Any],
    version: str,
) -> None:
    """The new version and settings are in place, and the workload gets its image."""
    name = addon["addonName"]
    # Unlike all else, a role that is left out is taken away: the service model of botocore says
    # that the node's role is used then.
    addon.pop("serviceAccountRoleArn", None)
    addon.update(_kept(region, state, name, request))
    addon["addonVersion"] = version
    kube = world().kube(state.key)
    if kube:
        kind, workload = workload_of(name)
        kube.set_image(kind, "kube-system", workload, image_of(name, version, region.region_name))


def _fail(addon: dict[str, Any], wrong: list[dict[str, Any]]) -> None:
    issues = [
        {
            "code": error.get("errorCode", "InternalFailure"),
            "message": error.get("errorMessage", ""),
            "resourceIds": error.get("resourceIds", []),
        }
        for error in wrong
    ]
    addon.update(status="UPDATE_FAILED", health={"issues": issues}, modifiedAt=now())


def delete(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteAddon: EKS forgets it; its workload stays, as with `preserve`."""
    state = region.cluster(request["clusterName"])
    addon = state.addon(request["addonName"])
    addon["status"] = "DELETING"
    world().clock.later(world().timings.addon, lambda: state.addons.pop(request["addonName"], None))
    return {"addon": addon}
