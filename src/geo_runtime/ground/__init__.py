"""The foundation: clocks and randomness, texts, what is read once, the spellings of a type."""
