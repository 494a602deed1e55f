"""Imports the official fiches "Vos droits et démarches", published by the DILA under the Licence Ouverte."""

from noa_rag.knowledge.vosdroits.reading import VosdroitsReading, read_vosdroits

__all__ = ["VosdroitsReading", "read_vosdroits"]
