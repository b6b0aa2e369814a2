"""CronJobs, as far as a disruption budget may count their pods. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading


@dataclass(frozen=True, slots=True)
class CronJob:
    """A CronJob.

    Attributes:
        labels: of the pods of its Jobs.
        schedule: as its author wrote it.
        suspended: it makes no Jobs at present.
    """

    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    schedule: str = ""
    suspended: bool = False

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @classmethod
    def from_raw(cls, raw: Raw) -> "CronJob":
        """Read a CronJob."""
        meta, spec = raw["metadata"], raw.get("spec") or {}
        job = (spec.get("jobTemplate") or {}).get("spec") or {}
        template = (job.get("template") or {}).get("metadata") or {}
        return cls(
            meta["namespace"],
            meta["name"],
            template.get("labels") or {},
            spec.get("schedule", ""),
            bool(spec.get("suspend")),
        )


CRON_JOBS: Reading[tuple[CronJob, ...]] = Reading("cron_jobs", "the CronJobs", ("list cronjobs",))
