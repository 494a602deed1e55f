"""Knowledge from files: packs, and the official fiches."""
