"""The terminal surface: parses a line, asks the core, draws what happens."""
