"""A distribution from three quantiles that someone is asked for."""
