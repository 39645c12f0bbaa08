"""Databases: how each is opened, their columns, and the tables that belong to no type."""
