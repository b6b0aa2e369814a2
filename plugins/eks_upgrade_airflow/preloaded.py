"""Named to Celery as a module to import (`imports`), so that its workers load what tasks need.

A scheduler loads the plugin, and `preload` with it; the parent of a Celery worker's processes does
not, so that each task would import everything anew.
"""

from eks_upgrade_airflow import preload

preload.load()
