"""Where teams talk."""
