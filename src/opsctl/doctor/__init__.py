"""What `opsctl doctor` looks at: every part of a site, as it is seen from this machine now."""
