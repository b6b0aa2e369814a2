"""AWS errors as moto's serializers want them."""

from typing import Any

from moto.core.exceptions import ServiceException


class AwsError(ServiceException):  # type: ignore[misc]  # moto is untyped
    """An error as AWS answers with it.

    Defined outside the package moto on purpose: moto guesses the service from the module of
    an exception, and a bare ServiceException becomes HTTP 500.

    Args:
        code: the modelled error code, such as ResourceInUseException.
        message: AWS's sentence.
        fields: members of the modelled error besides the message, such as clusterName.
    """

    def __init__(self, code: str, message: str, **fields: Any) -> None:
        super().__init__(code, message)
        for name, value in fields.items():
            setattr(self, name, value)


def invalid_parameter(message: str, **fields: Any) -> AwsError:
    """EKS: a parameter is wrong (400)."""
    return AwsError("InvalidParameterException", message, **fields)


def invalid_request(message: str, **fields: Any) -> AwsError:
    """EKS: not in this state (400)."""
    return AwsError("InvalidRequestException", message, **fields)


def in_use(message: str, **fields: Any) -> AwsError:
    """EKS: the resource is busy or exists (409)."""
    return AwsError("ResourceInUseException", message, **fields)


def limit_exceeded(message: str, **fields: Any) -> AwsError:
    """EKS: a quota is used up (400)."""
    return AwsError("ResourceLimitExceededException", message, **fields)


def not_found(message: str, **fields: Any) -> AwsError:
    """EKS: there is no such thing (404)."""
    return AwsError("ResourceNotFoundException", message, **fields)


def validation(message: str) -> AwsError:
    """Auto Scaling's answer to most mistakes (400)."""
    return AwsError("ValidationError", message)
