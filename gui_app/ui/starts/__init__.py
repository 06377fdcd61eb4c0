"""The starts panel: many starts at once, as a swarm or as a map of the basins that they end in."""
