# The image of docker-compose.yaml: Airflow 3.3.2 and what production needs, at pinned versions.
# The code is not in it: compose mounts it. Neither the rehearsal nor the tests, nor what only
# they need, are brought.
FROM apache/airflow:3.3.2-python3.11

COPY --chown=airflow:0 requirements-runtime.txt /tmp/
RUN pip install --no-cache-dir -r /tmp/requirements-runtime.txt && rm /tmp/requirements-runtime.txt

# A driver that is missing would show only when a wait defers, and a Celery that does not fit its
# provider (requirements-runtime.in) only when a worker starts: look now.
RUN python -c "import aiobotocore, asyncpg, celery, psycopg2, redis" \
    && python -c "from celery.backends.database import retry"
