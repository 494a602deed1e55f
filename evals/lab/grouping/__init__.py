"""How well failed questions are grouped, how steadily, at what cost, and how noise is told from questions."""
