"""The checker: a trained network that says whether passages bear a sentence out."""
