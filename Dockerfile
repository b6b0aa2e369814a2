# The image of docker-compose.yaml: Airflow 3.3.2 and what this project needs at run time.
FROM apache/airflow:3.3.2-python3.11

COPY --chown=airflow:0 requirements.in requirements.txt /tmp/requirements/

# requirements.txt pins everything, tests and rehearsal included. Here only the first part of
# requirements.in (Airflow and what the DAG uses) is installed, at the versions pinned there.
# pip refuses extras in a constraints file, so they are cut.
RUN set -e; cd /tmp/requirements; \
    sed -n '/^# Runtime/,/^# The rehearsal/p' requirements.in > runtime.in; \
    sed -E 's/\[[^]]*\]//' requirements.txt > constraints.txt; \
    pip install --no-cache-dir -r runtime.in -c constraints.txt; \
    rm -r /tmp/requirements

# A driver that is missing would show only when a wait defers: look now.
RUN python -c "import aiobotocore, asyncpg, celery, kubernetes_asyncio, psycopg2, redis"
