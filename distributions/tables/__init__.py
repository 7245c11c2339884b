"""TOML as text with lines: reading, what a fault says of it, and writing."""
