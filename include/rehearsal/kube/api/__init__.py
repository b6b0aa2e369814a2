"""The API server's HTTP side: one request, one answer."""
