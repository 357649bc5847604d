"""The room's web page and what it is served from: signing in, messages, reactions, buttons, and what happens live."""
