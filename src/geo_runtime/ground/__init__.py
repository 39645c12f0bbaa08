"""The ground: clocks and chance, texts, what is read once, the spellings of a type."""
