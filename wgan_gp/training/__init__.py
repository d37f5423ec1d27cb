"""Training: one iteration (step), what a run is made of (parts), the stream of events (loop), the whole state (checkpoint)."""
