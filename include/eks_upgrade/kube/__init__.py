"""The room that talks to the Kubernetes API: client, objects, errors."""
