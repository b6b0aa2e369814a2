"""Asking everything that a preflight judges, for Airflow and for the command line alike."""
