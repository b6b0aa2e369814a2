"""What two places of the fleet file have to agree on. Pure: values in, findings out."""
