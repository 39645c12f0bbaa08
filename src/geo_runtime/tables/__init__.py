"""Tables: models against a database, and the migrations that make them."""
