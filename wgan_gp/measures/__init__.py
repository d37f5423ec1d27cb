"""What can be measured of a critic and a generator."""
