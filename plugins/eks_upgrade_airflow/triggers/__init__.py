"""Triggers: small letters of ids that the triggerer polls with."""
