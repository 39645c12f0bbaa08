"""Databases: how each is opened, column types, and the tables that belong to no type."""
