"""Finds and masks personal data in what visitors type, one module for each family of kinds."""

from noa_rag.french.personal_data.masking import mask_personal_data
from noa_rag.french.personal_data.masks import MASKS, kinds_masked, says_nothing_else, without_masks

__all__ = ["MASKS", "kinds_masked", "mask_personal_data", "says_nothing_else", "without_masks"]
