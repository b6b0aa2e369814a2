"""STS: moto's, with a user for the rehearsal's own keys, and encoded messages decoded."""

from types import SimpleNamespace

from moto.core.responses import ActionResult
from moto.sts.models import STSBackend
from moto.sts.responses import TokenResponse

from include.rehearsal.aws.current_world import urls
from include.rehearsal.aws.errors import AwsError
from include.rehearsal.aws.rights.account import caller_of
from include.rehearsal.aws.rights.judgement import decode

URL_BASES = [r"https?://sts\.(.*\.)?amazonaws\.com"]


class StsResponses(TokenResponse):  # type: ignore[misc]  # moto is untyped
    """moto's operations, and DecodeAuthorizationMessage."""

    def decode_authorization_message(self) -> ActionResult:
        """DecodeAuthorizationMessage.

        Raises:
            AwsError: InvalidAuthorizationMessageException.
        """
        try:
            found = decode(str(self._get_param("EncodedMessage")))
        except ValueError as error:
            raise AwsError("InvalidAuthorizationMessageException", str(error)) from error
        return ActionResult({"DecodedMessage": found})


class StsService(STSBackend):  # type: ignore[misc]  # moto is untyped
    """STS of one region."""

    def get_caller_identity(self, access_key_id: str, region: str) -> tuple[str, str, str]:
        """Id, ARN and account; moto has no user for keys that it did not make."""
        user_id, arn, account = super().get_caller_identity(access_key_id, region)
        if arn.endswith(":user/moto"):
            arn = caller_of(access_key_id, account, region).arn
        return user_id, arn, account

    @property
    def _url_module(self) -> SimpleNamespace:
        return urls(URL_BASES, "{0}/$", StsResponses)
