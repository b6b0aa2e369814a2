"""How an API server is reached: its address, trust and token, and the HTTP to it."""
