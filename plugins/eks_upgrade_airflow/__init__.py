"""Everything that knows Airflow: operators, sensors, triggers, parameters, connections."""
