"""Completion scripts: a template for each shell, into which the lines of the command table are written."""
