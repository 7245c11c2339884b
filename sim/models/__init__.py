"""Named inputs and a function of them: what every analysis takes, and what a model is asked with an input held."""
