"""The embedded status page: files that any browser and any web server can read, whatever else is down."""
