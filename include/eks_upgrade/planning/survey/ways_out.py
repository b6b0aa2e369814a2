"""How a pod may leave although its budget can never allow it: what the options say, and can do."""

from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import Action, action_for, parameter_of
from include.eks_upgrade.drain.options import RESTART
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.rollout import why_no_restart
from include.eks_upgrade.planning.survey.surveyed import Surveyed

ANSWER = parameter_of(BlockClass.NEVER_ALLOWED)
"""The parameter that says what is done about such a pod."""

_DONE = {
    Action.RESTART: "the drain restarts their rollouts",
    Action.ASK: "the drain asks a person about them",
    Action.DELETE: "the drain deletes them past the budget, one at a time",
}


def way_out(pod: Pod, surveyed: Surveyed) -> str:
    """What the drain does about a pod whose budget never allows it; empty when nothing helps."""
    restarts = not _why_no_restart(pod, surveyed)
    single = is_single(pod, surveyed) and surveyed.options.single_replicas == RESTART
    if single and restarts:
        return "single_replicas restarts the rollout, which starts the new pod first"
    action = action_for(BlockClass.NEVER_ALLOWED, surveyed.options)
    return "" if action is Action.RESTART and not restarts else _DONE.get(action, "")


def why_held(pod: Pod, surveyed: Surveyed) -> str:
    """Why a pod without a way out is held for good, as the end of a sentence."""
    match action_for(BlockClass.NEVER_ALLOWED, surveyed.options):
        case Action.RESTART:
            why = _why_no_restart(pod, surveyed)
            return f"; restart, which {ANSWER} asks for, does not help: {why}"
        case Action.FAIL:
            return f"; the drain would fail because of it, as {ANSWER} says"
    return ". Waiting does not help"


def is_single(pod: Pod, surveyed: Surveyed) -> bool:
    """Whether it is the only pod that its Deployment is to have, as `single_replicas` means it."""
    scale = surveyed.facts.scales.get(pod.family)
    return scale is not None and (scale.kind, scale.wanted) == ("Deployment", 1) and pod.ready


def _why_no_restart(pod: Pod, surveyed: Surveyed) -> str:
    if not pod.deployment:
        return f"{pod.family or 'a pod without controller'} is no Deployment"
    scale = surveyed.facts.scales.get(pod.family)
    if scale is None:
        return f"there is no {pod.family}"
    return why_no_restart(pod.family, paused=scale.paused, surges=scale.surges)
