"""The database under everything that sees rows."""
