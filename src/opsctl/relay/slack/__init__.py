"""What is heard from Slack: over HTTP or Socket Mode, stored raw, then understood."""
