"""Tables: models compared with a database, and the migrations that create them."""
