"""Trained generators as things: how they are stored, described, judged, published, found and loaded."""
