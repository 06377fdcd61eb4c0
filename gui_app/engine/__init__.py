"""The torch engine. No Qt."""
