"""Where everybody reads what runs."""
