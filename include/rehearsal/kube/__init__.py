"""The Kubernetes side of the rehearsal: an API server with the controllers an upgrade meets."""
