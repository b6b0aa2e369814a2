"""EKS over HTTP: each operation of the model and the function that answers it."""

from urllib.parse import unquote

from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.eks.models import eks_backends

from include.rehearsal.aws import errors
from include.rehearsal.aws.eks import access as eks_access
from include.rehearsal.aws.eks import addons as eks_addons
from include.rehearsal.aws.eks import clusters as eks_clusters
from include.rehearsal.aws.eks import group_deletion as eks_group_deletion
from include.rehearsal.aws.eks import group_updates as eks_group_updates
from include.rehearsal.aws.eks import insights as eks_insights
from include.rehearsal.aws.eks import lag as eks_lag
from include.rehearsal.aws.eks import node_groups as eks_node_groups
from include.rehearsal.aws.eks import updates as eks_updates
from include.rehearsal.aws.eks.state import EksRegion, page

OPERATIONS = {
    "CreateCluster": eks_clusters.create,
    "DescribeCluster": eks_clusters.describe,
    "ListClusters": eks_clusters.list_clusters,
    "DeleteCluster": eks_clusters.delete,
    "UpdateClusterVersion": eks_clusters.update_version,
    "DescribeClusterVersions": eks_clusters.versions,
    "DescribeUpdate": eks_updates.describe,
    "ListUpdates": eks_updates.list_updates,
    "CreateNodegroup": eks_node_groups.create,
    "DescribeNodegroup": eks_node_groups.describe,
    "ListNodegroups": eks_node_groups.list_groups,
    "UpdateNodegroupConfig": eks_group_updates.update_config,
    "UpdateNodegroupVersion": eks_group_updates.update_version,
    "DeleteNodegroup": eks_group_deletion.delete,
    "CreateAddon": eks_addons.create,
    "DescribeAddon": eks_addons.describe,
    "ListAddons": eks_addons.list_addons,
    "UpdateAddon": eks_addons.update,
    "DeleteAddon": eks_addons.delete,
    "DescribeAddonVersions": eks_addons.versions,
    "DescribeAddonConfiguration": eks_addons.configuration,
    "StartInsightsRefresh": eks_insights.start_refresh,
    "DescribeInsightsRefresh": eks_insights.describe_refresh,
    "ListInsights": eks_insights.list_insights,
    "DescribeInsight": eks_insights.describe,
    "CreateAccessEntry": eks_access.create,
    "DescribeAccessEntry": eks_access.describe,
    "ListAccessEntries": eks_access.list_entries,
    "TagResource": eks_access.tag,
    "UntagResource": eks_access.untag,
    "ListTagsForResource": eks_access.list_tags,
}
EMPTY_LISTS = {
    "ListFargateProfiles": "fargateProfileNames",
    "ListIdentityProviderConfigs": "identityProviderConfigs",
    "ListPodIdentityAssociations": "associations",
}


class EksAnswers(BaseResponse):  # type: ignore[misc]  # moto is untyped
    """Dispatches EKS calls to the functions in OPERATIONS."""

    def __init__(self) -> None:
        super().__init__(service_name="eks")
        self.automated_parameter_parsing = True

    @property
    def home(self) -> EksRegion:
        """EKS of the caller's region."""
        region: EksRegion = eks_backends[self.current_account][self.region]
        return region

    def answer(self) -> ActionResult:
        """Answer the operation that was called.

        Raises:
            AwsError: what the operation refuses; InvalidRequest for what is not simulated.
        """
        operation = self._get_action()
        asked = {k: v for k, v in {**self.uri_match, **self.params}.items() if v is not None}
        if "resourceArn" in asked:
            asked["resourceArn"] = unquote(asked["resourceArn"])
        if operation in EMPTY_LISTS:
            name = str(asked.get("clusterName") or asked.get("name"))
            self.home.cluster(name)
            return ActionResult(page([], asked, EMPTY_LISTS[operation]))
        if operation not in OPERATIONS:
            raise errors.invalid_request(f"The rehearsal does not simulate {operation}.")
        return ActionResult(eks_lag.seen(self.home, operation, asked, OPERATIONS[operation]))


# moto finds an operation by a plain method named after it; here all of them are `answer`.
for _name in get_service_model("eks").operation_names:
    setattr(EksAnswers, camelcase_to_underscores(_name), EksAnswers.answer)
