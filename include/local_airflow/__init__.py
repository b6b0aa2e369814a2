"""Real Airflow on this machine: starts and stops its components, and runs the demo."""
