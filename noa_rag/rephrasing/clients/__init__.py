"""Local language models behind the port of `domain/generation.py`; optional, imported only when one is asked for."""
