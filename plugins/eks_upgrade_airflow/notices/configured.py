"""Who is told: the option `notifiers` in the section `eks_upgrade` of Airflow's configuration.

It is the path of a YAML file, or the list itself as JSON (`AIRFLOW__EKS_UPGRADE__NOTIFIERS`); a
relative path is meant from the folder that holds `dags/`. Without it nobody is told of anything,
and no notifier is imported.
"""

from pathlib import Path

from airflow.providers.common.compat.sdk import conf

from include.eks_upgrade.common.errors import refusal
from include.eks_upgrade.notices.settings import (
    OPTION,
    PAGE,
    NotifierSettings,
    is_inline,
    read_settings,
)

SECTION, NAME = "eks_upgrade", "notifiers"

PROJECT = Path(__file__).resolve().parents[3]
"""What holds `dags/` and `plugins/`."""


def configured() -> tuple[NotifierSettings, ...]:
    """The entries, none where nothing is configured.

    Raises:
        Refused: the file cannot be read, or what it holds is not a list of entries.
    """
    value = str(conf.get(SECTION, NAME, fallback="") or "").strip()
    if not value:
        return ()
    if is_inline(value):
        return read_settings(value, "in Airflow's configuration")
    path = PROJECT / Path(value).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise refusal(
            f"{OPTION} cannot be used: nobody is told of anything",
            str(path),
            f"the file cannot be read here: {getattr(error, 'strerror', None) or error}",
            f"it must be readable in every worker, see {PAGE}",
        ) from error
    return read_settings(text, str(path))
