"""What a visitor sets up: forms that make configs."""
