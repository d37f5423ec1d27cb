"""How good a generator is, in numbers: each with the floor of real against real beside it."""
