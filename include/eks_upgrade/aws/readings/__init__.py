"""What is read of AWS for one check of the preflight each: readings, their facts, their readers."""
