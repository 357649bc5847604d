"""The embedded store: one SQLite file on a local disk of one host, shared by any number of its processes.

Importing this package loads nothing: a process that checks a part of the journal is short-lived.
"""
