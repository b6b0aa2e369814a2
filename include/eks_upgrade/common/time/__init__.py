"""Time: the clock, moments and durations as AWS, Go and people write them, pauses between looks."""
