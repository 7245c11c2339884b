"""The pictures of a tornado."""
