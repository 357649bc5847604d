"""A site to play with: three small services as real processes, two people, everything else as in earnest."""
