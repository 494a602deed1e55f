"""The steps of the answer path; `pipeline.py` lists them in order."""
