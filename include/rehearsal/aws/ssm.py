"""SSM: the public parameters that name EKS's images."""

from types import SimpleNamespace
from typing import Any

from moto.core.utils import utcnow
from moto.ssm.models import Parameter, ParameterDict, SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from include.rehearsal import images
from include.rehearsal.aws.current_world import urls

URL_BASES = [r"https?://ssm\.(.+)\.amazonaws\.com"]
PREFIXES = ("/aws/service/eks/", "/aws/service/bottlerocket/", "/aws/service/canonical/")


class PublicParameter(Parameter):  # type: ignore[misc]  # moto is untyped
    """A parameter of AWS's own: its ARN has no account."""

    def response_object(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As GetParameter shows it: get-parameters-eks-recommended of tests/recordings."""
        shown: dict[str, Any] = super().response_object(*args, **kwargs)
        if "ARN" in shown:
            shown["ARN"] = shown["ARN"].replace(f":{self.account_id}:", "::")
        return shown


class PublicParameters(ParameterDict):  # type: ignore[misc]  # moto is untyped
    """moto's parameters plus EKS's, which are made when the first of them is read."""

    eks_loaded = False

    def _check_loading_status(self, key: str) -> None:
        super()._check_loading_status(key)
        if self.eks_loaded or not str(key or "").startswith(PREFIXES):
            return
        self.eks_loaded = True
        for name, value in images.ssm_parameters(self.region_name).items():
            self[name].append(
                PublicParameter(
                    account_id=self.account_id,
                    name=name,
                    value=value,
                    parameter_type="String",
                    description=None,
                    allowed_pattern=None,
                    keyid=None,
                    last_modified_date=utcnow(),
                    version=1,
                    data_type="text",
                )
            )


class SsmRegion(SimpleSystemManagerBackend):  # type: ignore[misc]  # moto is untyped
    """SSM of one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._parameters = PublicParameters(account_id, region_name)

    @property
    def _url_module(self) -> SimpleNamespace:
        return urls(URL_BASES, "{0}/$", SimpleSystemManagerResponse)
