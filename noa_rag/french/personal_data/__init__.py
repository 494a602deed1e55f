"""Personal data in what visitors type, found and masked: one module for each family of kinds."""

import unicodedata

from noa_rag.french.personal_data.addresses import mask_addresses, mask_emails
from noa_rag.french.personal_data.masks import MASKS, kinds_masked, says_nothing_else, without_masks
from noa_rag.french.personal_data.numbers import mask_numbers
from noa_rag.french.personal_data.spoken import mask_spoken_numbers
from noa_rag.french.personal_data.told import mask_birth_dates, mask_dates_after_names, mask_names

__all__ = ["MASKS", "kinds_masked", "mask_personal_data", "says_nothing_else", "without_masks"]

# Each reads what those before it left: an e-mail address may hold a name, a number some figures that were said.
_FAMILIES = (
    mask_emails,
    mask_spoken_numbers,
    mask_numbers,
    mask_birth_dates,
    mask_addresses,
    mask_names,
    mask_dates_after_names,
)


def mask_personal_data(text: str) -> str:
    """Return the text with personal data replaced by masks that say what stood there.

    SIREN and SIRET stay: they name a company, and the question is useful with them. So do a postal code and a town: the
    answer may depend on them, and alone they tell nobody apart. Where something is masked, the rest comes back in its
    composed form (NFKC): full-width digits are digits too.
    """
    composed = unicodedata.normalize("NFKC", text)
    masked = _masked_once(composed)
    if masked == composed:
        return text
    # A number that stands beside another may be told from it only once that one is masked.
    while (again := _masked_once(masked)) != masked:
        masked = again
    return masked


def _masked_once(text: str) -> str:
    for mask in _FAMILIES:
        text = mask(text)
    return text
