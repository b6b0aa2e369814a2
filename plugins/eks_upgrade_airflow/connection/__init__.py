"""From an Airflow connection to AWS and to a cluster's Kubernetes API."""
