"""Results to files: the run folder, whole or not at all, and the NetCDF file in it."""
