"""Which pods of a drain go before which."""
