"""Draws made, evaluated and counted: on threads, on a cluster, one scenario or many."""
