"""The upgrade library: decides and does an EKS upgrade. Knows AWS and Kubernetes, never Airflow."""
