"""Local language models behind the port of `domain/rephrasing.py`; optional, imported only when one is asked for."""
