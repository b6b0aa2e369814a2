"""Plain Python of this project: the upgrade library, the rehearsal environment and the local Airflow launcher."""
