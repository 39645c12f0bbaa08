"""Kinds of types, told apart by what data a record has; each brings all that is its own."""
