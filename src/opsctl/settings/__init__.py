"""What a person writes down: opsctl.toml, the site file, secrets. Importing this package loads nothing."""
