"""What every room may use: errors, outcomes, versions, the clock. Imports nothing of ours."""
