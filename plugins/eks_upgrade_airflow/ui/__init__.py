"""What a person sees in Airflow: the form, the links, the pages of reports."""
