"""How the generators that ship are made: recipes, and what becomes of a finished run: file, model card, picture."""
