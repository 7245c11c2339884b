"""A vendor's quote: what its file says, and what it costs draw by draw."""
