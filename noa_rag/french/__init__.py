"""French as people write it: its words, numbers, places and spelling, and what in it is personal."""
