"""Pictures of where the answer tips: along one input, and over two."""
