"""Who answers the API server, and what fits it."""
