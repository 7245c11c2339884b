"""Pictures of vendor quotes."""
