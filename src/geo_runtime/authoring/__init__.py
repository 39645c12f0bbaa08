"""What a type is written with."""
