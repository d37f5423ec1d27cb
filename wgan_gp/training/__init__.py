"""Training: one iteration (step), what is measured for the eye (probes), the stream of events (loop), the whole state (checkpoint)."""
