"""Where a site's operations and its journal live."""
