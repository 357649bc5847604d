"""What calls people."""
