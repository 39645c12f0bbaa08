"""What a type is made of."""
