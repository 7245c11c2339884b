"""One future, by hand: every month and line item, at the medians unless set."""
