"""Who asks, and what they may: tokens, TLS, rights."""
