"""How anything asked is decided, carried out and recorded. Knows no surface and no vendor."""
