"""What can be asked: one file a command, and the ordered table of them in table.py."""
