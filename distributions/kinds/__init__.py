"""Ways a distribution comes to be: a family of scipy's, steps, a table; cut off, or in another unit."""
