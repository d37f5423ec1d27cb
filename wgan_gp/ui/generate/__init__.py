"""The page Generate: choose, generate, order, download."""
