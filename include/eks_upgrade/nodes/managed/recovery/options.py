"""What a recovery may do."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RecoveryOptions:
    """How far the ladder of recovery may be climbed when a node group will not go."""

    may_unprotect: bool = False
    may_delete_asg: bool = False
