"""The demo: one upgrade through real Airflow, watched and summed up."""
