"""What a run knows of itself: events, lock, tries, tokens, record, retries, next steps."""
