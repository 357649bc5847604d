"""opsctl: operations from the terminal and from chat; one grammar, one set of rules, one record."""
