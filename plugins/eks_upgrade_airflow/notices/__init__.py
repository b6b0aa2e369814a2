"""Telling people of a run by any of Airflow's notifiers; off unless it is configured."""
