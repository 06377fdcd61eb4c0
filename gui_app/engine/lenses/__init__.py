"""Questions about one step: pure functions of (problem, parameters at that step), answered as plain data."""
