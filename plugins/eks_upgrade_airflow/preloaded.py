"""Named to Celery as a module to import (`imports`), so that its workers load what tasks need.

A scheduler loads the plugin, and `preload` with it; the parent of a Celery worker's processes does
not. Each task would load it anew for its listeners, and with it the api-server's framework: a
second of the processor, where the rest of a short task takes a quarter of one.
"""

import gc

from airflow.sdk.listener import get_listener_manager

from eks_upgrade_airflow import preload

preload.load()
get_listener_manager()
# What is loaded by now stays. A collection in a task would look through all of it and, by writing
# to it, copy it; the LocalExecutor freezes it in the same way before it forks.
gc.freeze()
