"""Plain Python of this project: the upgrade library, the rehearsal, the local Airflow."""
