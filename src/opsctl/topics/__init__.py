"""Help that is about no command: one file a topic, each written from the data that it is about."""
