"""The fleet file, typed: what `include/fleet.yaml` may say. docs/fleet.md explains it.

Pydantic checks shapes and single values here; what needs two places of the file to be compared is
in `contradictions.py`. Unknown keys are problems: a misspelt freeze must not be no freeze.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from include.eks_upgrade.fleet.file.share import AtOnce, Unhealthy
from include.eks_upgrade.fleet.file.texts import (
    AccountId,
    Address,
    CommandWord,
    Cron,
    Image,
    Namespace,
    Region,
    RingName,
    RoleArn,
    RoleName,
    ServiceAccount,
    Text,
    Until,
    Version,
    Zone,
)

Patterns = Annotated[tuple[Text, ...], Field(description="shell patterns; one has to fit")]


class Part(BaseModel):
    """What all parts of the file share: frozen, blanks taken off, no unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False
    )


class Selector(Part):
    """Some clusters. Everything that is given has to hold; an empty one means all.

    Attributes:
        names: of clusters (`prod-*`).
        tags: EKS tags of the cluster, each with a pattern of its value.
        accounts: names or ids of accounts.
        regions: such as `eu-*`.
    """

    names: Patterns = ()
    tags: dict[Text, Text] = {}
    accounts: Patterns = ()
    regions: Patterns = ()


class Account(Part):
    """One AWS account.

    Attributes:
        name: what people call it; stands in tables.
        id: twelve digits; when given, the connection has to lead there.
        aws_conn_id: the Airflow connection of its clusters' upgrades.
        role_arn: a role that is assumed with the connection; by default none.
        regions: where clusters are looked for.
    """

    name: Text
    id: AccountId = ""
    aws_conn_id: Text = "aws_default"
    role_arn: RoleArn = ""
    regions: Annotated[tuple[Region, ...], Field(min_length=1)]


class Organization(Part):
    """All active accounts of an AWS organisation.

    Attributes:
        aws_conn_id: may list the accounts, and assume the role in each.
        role_name: exists under this name in every account.
        regions: where clusters are looked for.
        leave_out: ids of accounts that are none of our business, the management account say.
    """

    aws_conn_id: Text = "aws_default"
    role_name: RoleName
    regions: Annotated[tuple[Region, ...], Field(min_length=1)]
    leave_out: tuple[AccountId, ...] = ()


class Clusters(Part):
    """Which clusters the fleet is: those that one of `include` means and none of `exclude`.

    Attributes:
        include: without it all clusters that are found.
        exclude: wins over `include`.
    """

    include: tuple[Selector, ...] = (Selector(),)
    exclude: tuple[Selector, ...] = ()


class Target(Part):
    """Where to go; exactly one is given.

    Attributes:
        version: a Kubernetes minor, `1.34`.
        newest_minus: so many minors behind the newest that EKS has in standard support.
        days_before_extended_support: only when the cluster's minor has no more than so many days
            of standard support left, and then one minor after the other until it has more.
    """

    version: Version = ""
    newest_minus: Annotated[int, Field(ge=0, le=10)] | None = None
    days_before_extended_support: Annotated[int, Field(ge=0, le=400)] | None = None


class Threshold(Part):
    """What a ring has to show before the next begins.

    Attributes:
        unhealthy: so many clusters of the ring may be unhealthy after the bake; a percentage of
            those that were started is rounded up.
        successes: at least so many have to be upgraded and healthy. A ring in which there was
            nothing to do holds.
    """

    unhealthy: Unhealthy = 0
    successes: Annotated[int, Field(ge=0)] = 1


class Probe(Part):
    """An address that has to answer well once a cluster is upgraded.

    Attributes:
        url: `{cluster}`, `{region}` and `{account}` (its name in this file) are filled in.
        status: the HTTP status that is good.
        seconds: how long it may take.
    """

    url: Address
    status: Annotated[int, Field(ge=100, le=599)] = 200
    seconds: Annotated[float, Field(gt=0, le=60)] = 10


class Pod(Part):
    """A pod that has to end well in each cluster once it is upgraded.

    Attributes:
        image: with its registry and its tag.
        command: its words, by default the image's own; `{cluster}`, `{region}` and `{account}`
            (its name in this file) are filled in.
        namespace: where it runs.
        service_account_name: its service account; without it the default one, and no token is
            put into the pod.
        minutes: how long it may take from its creation to its end.
    """

    image: Image
    command: tuple[CommandWord, ...] = ()
    namespace: Namespace = "default"
    service_account_name: ServiceAccount = ""
    minutes: Annotated[float, Field(gt=0, le=10080)] = 10


class Ring(Part):
    """Clusters that go together. A cluster is in the first ring that means it.

    Attributes:
        name: a word of a task's id: letters, digits, `_` and `-`.
        clusters: which; without it all that are left.
        percent: of the clusters that no ring before has taken, chosen by a stable hash of the ARN;
            narrows `clusters` down. Without it all of them.
        at_once: how many upgrades run side by side; a percentage of the ring is rounded down, at
            least one.
        bake_minutes: how long its clusters have to live with the new version before it is judged.
        threshold: when it is good enough for the next.
        approval: whether a person has to say yes before it begins.
    """

    name: RingName
    clusters: Selector | None = None
    percent: Annotated[float, Field(gt=0, le=100)] | None = None
    at_once: AtOnce = 1
    bake_minutes: Annotated[float, Field(ge=0)] = 60
    threshold: Threshold = Threshold()
    approval: bool = False


class Window(Part):
    """When upgrades may begin. Starts by the wall clock of its zone, ends by elapsed time.

    Attributes:
        name: what people call it.
        start: five fields of cron; `sat#2` is the second Saturday of a month, `L` its last day.
        duration_minutes: of real time from the start on.
        zone: an IANA name; daylight saving is followed.
        offset_days: the opening is so many days after the day that `start` means (the Thursday
            after the second Tuesday, say).
        cutoff_minutes: nothing begins in the last minutes before the end.
        clusters: the window is for these alone, and they have no other; without it the window is
            for all that have none of their own.
    """

    name: Text
    start: Cron
    duration_minutes: Annotated[int, Field(ge=15, le=10080)]
    zone: Zone = "UTC"
    offset_days: Annotated[int, Field(ge=0, le=6)] = 0
    cutoff_minutes: Annotated[int, Field(ge=0)] = 0
    clusters: Selector | None = None


class Freeze(Part):
    """Days on which nothing begins, the last one included.

    Attributes:
        first, last: a day of the zone, or a moment (`2026-12-18 18:00`). The last day is frozen,
            too.
        zone: an IANA name.
        reason: is shown wherever a cluster is skipped because of it.
        clusters: whom it is for; without it all.
    """

    first: Text
    last: Text
    zone: Zone = "UTC"
    reason: Text
    clusters: Selector | None = None


class Bypass(Part):
    """Clusters that may be upgraded outside windows and in freezes, for a while.

    Attributes:
        clusters: for which.
        until: with a zone or an offset; after it the bypass is nothing.
        reason: is shown with every run that it lets through.
        windows: whether it passes windows by.
        freezes: whether it passes freezes by.
    """

    clusters: Selector
    until: Until
    reason: Text
    windows: bool = True
    freezes: bool = True


class Override(Part):
    """Parameters of `eks_upgrade` for some clusters; a later one wins over an earlier.

    Attributes:
        clusters: which; without it all.
        rings: only in these; without it in all.
        parameters: names and values as in docs/parameters.md, other than those that say which
            cluster and version.
    """

    clusters: Selector | None = None
    rings: tuple[Text, ...] = ()
    parameters: Annotated[dict[Text, Any], Field(min_length=1)]


class Health(Part):
    """What is looked at beside AWS's and Kubernetes' own word once a cluster is upgraded.

    Attributes:
        probes: addresses that have to answer well.
        pod: has to end well; it is run where all else is as it should be.
    """

    probes: tuple[Probe, ...] = ()
    pod: Pod | None = None


class FleetFile(Part):
    """Which clusters there are, where they go, in which order, and when.

    Attributes:
        accounts: in which clusters are looked for; may be given beside an organisation.
        organization: all active accounts of an AWS organisation.
        clusters: which of those that are found are the fleet; without it all.
        target: the version to go to.
        rings: in their order; the next begins when the one before has held.
        windows: when upgrades may begin. Without any nothing begins, but for bypasses.
        freezes: days on which nothing begins, whatever the windows say.
        bypasses: what may begin outside windows and in freezes, for a while.
        overrides: parameters of `eks_upgrade` for some clusters.
        health: what is looked at when a cluster is upgraded, beside its own state.
    """

    accounts: tuple[Account, ...] = ()
    organization: Organization | None = None
    clusters: Clusters = Clusters()
    target: Target
    rings: Annotated[tuple[Ring, ...], Field(min_length=1)]
    windows: tuple[Window, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    bypasses: tuple[Bypass, ...] = ()
    overrides: tuple[Override, ...] = ()
    health: Health = Health()
