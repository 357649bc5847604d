"""What is written from the code and committed: `python -m generate` writes it, `--check` tells what is out of date."""
