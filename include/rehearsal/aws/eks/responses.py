"""EKS over HTTP: each operation of the model and the function that answers it."""

from types import SimpleNamespace
from urllib.parse import unquote

from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.eks.models import eks_backends

from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import urls
from include.rehearsal.aws.eks import (
    access,
    addons,
    clusters,
    insights,
    lag,
    rollback,
    updates,
    versions,
)
from include.rehearsal.aws.eks.node_groups import creation, deletion, version_updates
from include.rehearsal.aws.eks.node_groups import updates as node_group_updates
from include.rehearsal.aws.eks.state import EksRegion, page

URL_BASES = [r"https?://eks\.(.+)\.amazonaws.com"]
OPERATIONS = {
    "CreateCluster": clusters.create,
    "DescribeCluster": clusters.describe,
    "ListClusters": clusters.list_clusters,
    "DeleteCluster": clusters.delete,
    "UpdateClusterVersion": clusters.update_version,
    "DescribeClusterVersions": versions.cluster_versions,
    "CancelUpdate": rollback.cancel,
    "DescribeUpdate": updates.describe,
    "ListUpdates": updates.list_updates,
    "CreateNodegroup": creation.create,
    "DescribeNodegroup": creation.describe,
    "ListNodegroups": creation.list_groups,
    "UpdateNodegroupConfig": node_group_updates.update_config,
    "UpdateNodegroupVersion": version_updates.update_version,
    "DeleteNodegroup": deletion.delete,
    "CreateAddon": addons.create,
    "DescribeAddon": addons.describe,
    "ListAddons": addons.list_addons,
    "UpdateAddon": addons.update,
    "DeleteAddon": addons.delete,
    "DescribeAddonVersions": versions.addon_versions,
    "DescribeAddonConfiguration": versions.addon_configuration,
    "StartInsightsRefresh": insights.start_refresh,
    "DescribeInsightsRefresh": insights.describe_refresh,
    "ListInsights": insights.list_insights,
    "DescribeInsight": insights.describe,
    "CreateAccessEntry": access.create,
    "DescribeAccessEntry": access.describe,
    "ListAccessEntries": access.list_entries,
    "TagResource": access.tag,
    "UntagResource": access.untag,
    "ListTagsForResource": access.list_tags,
}
EMPTY_LISTS = {
    "ListFargateProfiles": "fargateProfileNames",
    "ListIdentityProviderConfigs": "identityProviderConfigs",
    "ListPodIdentityAssociations": "associations",
}


class EksResponses(BaseResponse):  # type: ignore[misc]  # moto is untyped
    """Dispatches EKS calls to the functions in OPERATIONS."""

    def __init__(self) -> None:
        super().__init__(service_name="eks")
        self.automated_parameter_parsing = True

    @property
    def eks(self) -> EksRegion:
        """EKS of the caller's region."""
        region: EksRegion = eks_backends[self.current_account][self.region]
        return region

    def answer(self) -> ActionResult:
        """Answer the operation that was called.

        Raises:
            AwsError: what the operation refuses; InvalidRequest for what is not simulated.
        """
        operation = self._get_action()
        request = {k: v for k, v in {**self.uri_match, **self.params}.items() if v is not None}
        if "resourceArn" in request:
            request["resourceArn"] = unquote(request["resourceArn"])
        if operation in EMPTY_LISTS:
            name = str(request.get("clusterName") or request.get("name"))
            self.eks.cluster(name)
            return ActionResult(page([], request, EMPTY_LISTS[operation]))
        if operation not in OPERATIONS:
            raise errors.invalid_request(f"The rehearsal does not simulate {operation}.")
        return ActionResult(lag.seen(self.eks, operation, request, OPERATIONS[operation]))


# moto finds an operation by a plain method named after it; here all of them are `answer`.
for _name in get_service_model("eks").operation_names:
    setattr(EksResponses, camelcase_to_underscores(_name), EksResponses.answer)


class EksService(EksRegion):
    """EKS of one region as moto finds it: the state, and the URLs that lead to its operations."""

    @property
    def _url_module(self) -> SimpleNamespace:
        return urls(URL_BASES, "{0}/(?P<path>.+)$", EksResponses)
