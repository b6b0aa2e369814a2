"""Service Quotas: AWS's defaults, and what an account was given instead.

GetServiceQuota knows a quota only when the account has a value of its own; for all others it
answers NoSuchResourceException, and GetAWSDefaultServiceQuota has the default
(https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html).
"""

from types import SimpleNamespace
from typing import Any

from moto.core.responses import ActionResult, BaseResponse
from moto.servicequotas.models import ServiceQuotasBackend

from include.rehearsal.aws.current_world import urls, world
from include.rehearsal.aws.errors import AwsError

URL_BASES = [r"https?://servicequotas\.(.+)\.amazonaws\.com"]

GROUPS_PER_CLUSTER = "L-6D54EA21"
NODES_PER_GROUP = "L-BD136A63"
ON_DEMAND_VCPUS = "L-1216C47A"
SPOT_VCPUS = "L-34B43A08"
HPC_VCPUS = "L-F7808C92"
"""Nobody asks for it by this code: it is found by its name."""

NAMES = {
    GROUPS_PER_CLUSTER: "Managed node groups per cluster",
    NODES_PER_GROUP: "Nodes per managed node group",
    ON_DEMAND_VCPUS: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    SPOT_VCPUS: "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
    HPC_VCPUS: "Running On-Demand HPC instances",
}
"""As AWS's console has them; a code without a name here is named by itself."""

DEFAULTS = {
    ("eks", GROUPS_PER_CLUSTER): 30.0,
    ("eks", NODES_PER_GROUP): 450.0,
    # AWS gives new accounts far less; a rehearsal of many nodes is not to ask for more first.
    ("ec2", ON_DEMAND_VCPUS): 20_000.0,
    ("ec2", SPOT_VCPUS): 20_000.0,
    ("ec2", HPC_VCPUS): 768.0,
    # TiB; AWS's own defaults of most regions.
    ("ebs", "L-D18FCD1D"): 50.0,
    ("ebs", "L-7A658B76"): 50.0,
}


def value_of(code: str) -> float:
    """The quota as it applies; without bound for one that is not simulated."""
    default = next((value for (_, known), value in DEFAULTS.items() if known == code), float("inf"))
    return world().quotas.get(code, default)


class QuotaResponses(BaseResponse):  # type: ignore[misc]  # moto is untyped
    """The operations that read quotas."""

    def __init__(self) -> None:
        super().__init__(service_name="service-quotas")
        self.automated_parameter_parsing = True

    def get_service_quota(self) -> ActionResult:
        """GetServiceQuota.

        Raises:
            AwsError: NoSuchResourceException when only the default applies.
        """
        service, code = self._asked()
        if code not in world().quotas:
            raise _unknown()
        return _answer(service, code, world().quotas[code])

    def get_aws_default_service_quota(self) -> ActionResult:
        """GetAWSDefaultServiceQuota.

        Raises:
            AwsError: NoSuchResourceException for a quota that is not simulated.
        """
        asked = self._asked()
        if asked not in DEFAULTS:
            raise _unknown()
        return _answer(*asked, DEFAULTS[asked])

    def list_service_quotas(self) -> ActionResult:
        """ListServiceQuotas: those that the account has a value of its own of."""
        service = str(self._get_param("ServiceCode"))
        own = {code: world().quotas[code] for _, code in DEFAULTS if code in world().quotas}
        return _listed(service, own)

    def list_aws_default_service_quotas(self) -> ActionResult:
        """ListAWSDefaultServiceQuotas."""
        service = str(self._get_param("ServiceCode"))
        return _listed(service, {code: value for (_, code), value in DEFAULTS.items()})

    def _asked(self) -> tuple[str, str]:
        return str(self._get_param("ServiceCode")), str(self._get_param("QuotaCode"))


def _unknown() -> AwsError:
    return AwsError("NoSuchResourceException", "The specified resource does not exist.")


def _answer(service: str, code: str, value: float) -> ActionResult:
    return ActionResult({"Quota": _quota(service, code, value)})


def _listed(service: str, values: dict[str, float]) -> ActionResult:
    known = {code for of, code in DEFAULTS if of == service}
    found = [_quota(service, code, value) for code, value in values.items() if code in known]
    return ActionResult({"Quotas": found})


def _quota(service: str, code: str, value: float) -> dict[str, Any]:
    quota: dict[str, Any] = {"ServiceCode": service, "QuotaCode": code, "Value": value}
    return {**quota, "QuotaName": NAMES.get(code, code), "Unit": "None", "Adjustable": True}


class QuotaRegion(ServiceQuotasBackend):  # type: ignore[misc]  # moto is untyped
    """Service Quotas of one region."""

    @property
    def _url_module(self) -> SimpleNamespace:
        return urls(URL_BASES, "{0}/$", QuotaResponses)
