"""What the UI says of the DAGs, as Markdown: the only text in front of whoever starts a run."""

from eks_upgrade_airflow.ui.documentation import link


def upgrade_doc() -> str:
    """Of the DAG `eks_upgrade`."""
    conditions = link("conditions", "runbook", "going-back-with-the-control-plane")
    return f"""\
### Upgrade one EKS cluster by one Kubernetes minor version

Plan, lock, add-ons, control plane, add-ons, then for each node group: image, launch template, a
new group beside the old one, fence, drain, verify, delete, and a way out when the old group will
not go. Defaults lose nothing: what they do not allow, the plan names before anything is touched.

**What it needs.** An Airflow connection whose role has the rights of
{link("permissions", "permissions")} in AWS and in the cluster; room in quotas and
subnets for each group twice. The plan looks at all of it and names everything that is missing at
once.

**The smallest set of parameters.** `cluster_name`, and `region` unless the connection has one. Name
`target_version` too: without it a run that is repeated goes on to the next minor.

    {{"cluster_name": "payments-prod", "region": "eu-west-1", "target_version": "1.36"}}

Give the run an id that tells what it does, such as `payments-prod-1.35-to-1.36`, under *Advanced
Options*: it stands in the list of runs, in the report's address, and in the cluster's lock.
All parameters: {link("parameters", "parameters")}. To see only what would be done, use the example
`eks_report_cluster` ({link("examples", "examples", "report-only")}).

**What cannot be undone.** The control plane's new version (EKS itself takes it back within seven
days under {conditions}; this DAG never does), an old node group that is deleted, and what
`delete_emptydir_data`, `force_unmanaged_pods` or `may_delete_blocked_pods` allow to be lost. Until
`node_group.delete_old` runs, the old group can be given back.

**To stop it.** Mark the run as failed: a drain stops within seconds, nothing is deleted because of
it, the report says where things stand and the lock is given back. AWS goes on with an update it has
begun ({link("what happens then", "runbook", "end-a-run-by-hand")}).

**To go on.** Clear the failed task with its downstream tasks, or trigger a new run with the same
parameters. Every task looks before it acts: what is done is skipped, what is running is adopted.
The log and the report name the task ({link("to go on", "runbook", "continue")}).

**To lift what was left.** When no run is to go on, trigger `eks_upgrade_release`: it gives old
nodes back and lifts the lock ({link("release", "runbook", "release-what-a-dead-run-left-behind")}).
"""


def preflight_doc() -> str:
    """Of the DAG `eks_preflight`."""
    return f"""\
### Say what could stop an upgrade of one EKS cluster

Every check of the {link("preflight", "preflight")}, all at once: what blocks, what may hurt, what
is worth to know, and what could not be asked, which is not the same as passed. It takes no lock and
changes nothing.

**What it needs.** The rights to read of {link("permissions", "permissions")}. A check whose right
is missing says so, and hides no other.

**The smallest set of parameters.** `cluster_name`, and `region` unless the connection has one.
It takes all parameters of `eks_upgrade`, and judges the upgrade that they would make.

    {{"cluster_name": "payments-prod", "region": "eu-west-1", "target_version": "1.36"}}

Give the run an id that tells what it does, such as `payments-prod-preflight-1.36`, under *Advanced
Options*. All parameters: {link("parameters", "parameters")}.

**What comes of it.** The report, the verdict as JSON in the XCom `preflight`
({link("as data", "preflight", "as-data")}), and the run's state: failed with `blocked` where
something is in the way, so that another DAG can wait for it as a gate. A finding that you take upon
yourself is waived ({link("waivers", "preflight", "waivers")}).

**What cannot be undone.** Nothing is done.

**To stop it, to go on.** Mark the run as failed, and trigger it again at any time.
"""


def release_doc() -> str:
    """Of the DAG `eks_upgrade_release`."""
    by_hand = link("the commands", "runbook", "release-give-the-old-node-group-back")
    return f"""\
### Lift what a dead upgrade left behind on one EKS cluster, or go back to its old nodes

The cluster's lock, and the cordons, labels, taints and caps that carry our mark; nothing else.
Versions stay, and new node groups stay. With `return_to_old_nodes` the new nodes are then fenced
and drained, within the disruption budgets, while an old group is there
({link("way back", "way-back", "go-back-to-the-old-nodes")}).

**What it needs.** The rights of an upgrade ({link("permissions", "permissions")}), and that the run
which left the marks has ended: while it lives, this DAG refuses.

**The smallest set of parameters.** `cluster_name`, and `region` unless the connection has one.
`only_look` lists what would be lifted, and changes nothing.

    {{"cluster_name": "payments-prod", "region": "eu-west-1", "only_look": true}}

Give the run an id that tells what it does, such as `payments-prod-release`, under *Advanced
Options*. All parameters: {link("parameters", "parameters", "the-dag-eks_upgrade_release")}.

**What cannot be undone.** Nothing is lost by it. Pods may be scheduled on the old nodes again.

**To stop it, to go on.** Mark the run as failed, and trigger it again at any time: what is lifted
stays lifted. To go on with the upgrade instead, do not lift: clear its failed task, or trigger
`eks_upgrade` again ({link("to go on", "runbook", "continue")}).

**By hand**, where no Airflow is left: {by_hand}.
"""


def rollback_doc() -> str:
    """Of the DAG `eks_rollback`."""
    return f"""\
### Take the control plane of one EKS cluster back by one minor version

Within seven days of its upgrade, and only to the version it came from: EKS's own rollback, with
everything that EKS asks for looked at before. Add-ons that the older version does not take go back
first.

**What it needs.** The rights of an upgrade ({link("permissions", "permissions")}), and nodes that
are not newer than the target: `eks_upgrade_release` with `return_to_old_nodes` brings pods back to
an old node group that was kept ({link("way back", "way-back")}). The plan names everything that
keeps EKS from going back at once.

**The smallest set of parameters.** `cluster_name`, and `region` unless the connection has one.

    {{"cluster_name": "payments-prod", "region": "eu-west-1", "target_version": "1.35"}}

Give the run an id that tells what it does, such as `payments-prod-1.36-back-to-1.35`, under
*Advanced Options*. All parameters: {link("parameters", "parameters", "the-dag-eks_rollback")}.

**What cannot be undone.** Objects of kinds that only the newer version knows stay in the store and
are not served. To go forward again, trigger `eks_upgrade`.

**To stop it.** Mark the run as failed: AWS goes on with a rollback that it has begun. Under EKS
Auto Mode, while nodes are replaced, a new run with `cancel` has EKS cancel it; nothing else can.

**To go on.** Clear the failed task with its downstream tasks, or trigger a new run with the same
parameters: a rollback that runs is adopted. What a dead run left is lifted by
`eks_upgrade_release`.
"""


def fleet_doc() -> str:
    """Of the DAG `eks_fleet`."""
    state = link("pause, resume, skip, retry", "fleet", "pause-resume-skip-retry")
    return f"""\
### Upgrade a fleet of EKS clusters in its windows, ring by ring

Finds the clusters of all accounts and regions of the fleet file, decides what goes in this window,
and upgrades ring by ring, with a run of `eks_upgrade` for each cluster and minor version. After
each ring it bakes, looks at the health, and goes on, or stops the fleet.

**What it needs.** The {link("fleet file", "fleet", "the-file")}, an Airflow connection for each of
its accounts with the rights of {link("permissions", "permissions")}, and the DAG `eks_upgrade`
unpaused. The first task looks at all of it and names everything that is missing at once.

**The smallest set of parameters.** None: it runs by its windows. By hand, outside of them:

    {{"outside_windows": "security fix, agreed with the teams", "only_clusters": ["payments-*"]}}

Give such a run an id that tells what it does, such as `payments-security-fix`, under *Advanced
Options*. All parameters: {link("parameters", "parameters", "the-dag-eks_fleet")}.

**What cannot be undone.** What an upgrade does ({link("parameters", "parameters")}). Nothing is
begun that is not expected to end in its window; what runs when it closes is finished.

**To stop it.** Pause this DAG and no new run begins. To let the present run begin nothing more:
{state}. Mark its run as failed, and upgrades that are at work still come to their end in their own
runs of `eks_upgrade`.

**To go on.** A fleet that has stopped begins nothing, in later windows too, until a person resumes
it: start a run with `resume` and `resume_reason`. A failed task can be cleared at any time: it
joins the runs that exist ({link("a run of the fleet", "fleet", "a-run-of-the-fleet")}). To lift
what a dead upgrade left on a cluster, trigger `eks_upgrade_release` for it.
"""
