"""What the cost model says: its equations and strategies as data, and how they become a program over rows."""
