"""How a pod may leave although its budget can never allow it: by what `when_blocked` says."""

from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import Action, action_for
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.rollout import why_no_restart
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def no_way_out(pod: Pod, surveyed: Surveyed) -> str:
    """Why a pod would be held for good, as the end of a sentence; empty when there is a way out."""
    match action_for(BlockClass.NEVER_ALLOWED, surveyed.options):
        case Action.ASK | Action.DELETE:
            return ""
        case Action.RESTART:
            why = _why_no_restart(pod, surveyed)
            return f"; restart, which when_blocked asks for, does not help: {why}" if why else ""
        case Action.FAIL:
            return "; the drain would fail because of it, as when_blocked says"
    return ". Waiting does not help"


def _why_no_restart(pod: Pod, surveyed: Surveyed) -> str:
    if not pod.deployment:
        return f"{pod.family or 'a pod without controller'} is no Deployment"
    rollout = surveyed.facts.rollouts.get(pod.family)
    return why_no_restart(rollout) if rollout is not None else f"there is no {pod.family}"
