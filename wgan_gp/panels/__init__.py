"""What is shown: the panels of the board and of figures, declared once."""
