"""How a slice of people is said."""
