"""Settings of Airflow that hold wherever this project runs.

The local Airflow takes them from here. docker-compose.yaml and deploy/values.yaml repeat them, and
tests/test_compose.py and tests/test_values.py hold them to it.
"""

from collections.abc import Mapping
from types import MappingProxyType

EVERYWHERE: Mapping[str, str] = MappingProxyType(
    {
        # One connection for each of the api-server's 40 threads and for its event loop, which has
        # to look at logins: with the default of 15 in all, many requests at once stop it for half
        # a minute, and on SQLite the scheduler ends with "database is locked".
        "AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW": "40",
        # A trigger that fires soon after its task deferred meets the task's process still being
        # waited for; the scheduler then fails the task with "state mismatch". The wait is this
        # many seconds; at the default of 5 up to 30 % of such tasks failed, at 1 none of 700.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        # Most of the time nothing runs in a worker: waits and drains are deferred. The
        # LocalExecutor starts all its workers at once, and the default is 32.
        "AIRFLOW__CORE__PARALLELISM": "8",
        # Between two passes of the scheduler tasks may wait though workers are free. A pass takes a
        # tenth of a second for each upgrade that it comes to: with 200 of them at work and the
        # default of 20, workers got four tasks every two seconds and were idle for a third of it.
        # On SQLite others cannot write either, once a run of the pass has a task to begin: on a
        # busy machine they waited up to 3.4 s, and beyond 5 s the api-server answers 500.
        "AIRFLOW__SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE": "5",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # Deferred tasks of a large fleet: one triggerer carries them easily.
        "AIRFLOW__TRIGGERER__CAPACITY": "1000",
        # A DAG file that was changed is read at once all the same; what it is made from, say the
        # fleet's file, is looked at this often. At the default of 30 the DAG processor took a
        # twentieth of a core, day and night.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        # Each task's log would begin with how its DAG file was loaded.
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "airflow.dag_processing.dagbag=warning "
        "airflow.dag_processing.bundles=warning py.warnings=error",
    }
)

CELERY: Mapping[str, str] = MappingProxyType(
    {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        # Two workers share what may run at once, `AIRFLOW__CORE__PARALLELISM`.
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "4",
        # What a worker took and never ended is given out again after this many seconds (default: a
        # day). No task holds a worker that long, and one that was done meanwhile is refused.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "3600",
        # A worker loads what tasks need before it makes the processes that run them; else each
        # task imports it anew, which is most of its work.
        "AIRFLOW__CELERY__EXTRA_CELERY_CONFIG": '{"imports": ["eks_upgrade_airflow.preloaded"]}',
    }
)

WORKERS = 2
TRIGGERERS = 2
# Two triggerers, two workers' parents, scheduler, DAG processor, and the api-server's threads with
# its event loop, each with a pool of up to 45; PostgreSQL's default of 100 is less.
POSTGRESQL_CONNECTIONS = 300
