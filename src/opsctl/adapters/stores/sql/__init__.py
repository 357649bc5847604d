"""What the stores that speak SQL have in common: statements, and what their rows mean.

The statements are in the words that SQLite (3.35) and PostgreSQL (13) share, with `?` for a value. What differs, such
as connections, the tables' definitions and how a transaction begins and ends, is each store's own.
"""
