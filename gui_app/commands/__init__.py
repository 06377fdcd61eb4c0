"""The commands that need no window: run, render, verify."""
