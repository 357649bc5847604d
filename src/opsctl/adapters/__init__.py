"""Who does it: one folder a port, one file or small package an outside system."""
