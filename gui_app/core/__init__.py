"""What an experiment *is*: plain data, standard library and numpy only. No Qt, no torch."""
