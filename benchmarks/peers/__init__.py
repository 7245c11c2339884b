"""The peers: one file each, run as children in an environment of their own, which has no part of this project.

`python -m benchmarks.peers.NAME PROBLEM.json --draws N --seed S [--variant V]` prints one line of JSON; see `child`.
"""
