"""The counted sweep: an index of the path, and what any number of grids did over it."""
