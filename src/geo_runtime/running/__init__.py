"""One site at work, composed."""
