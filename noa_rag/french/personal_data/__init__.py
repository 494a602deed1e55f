"""Personal data in what visitors type, found and masked: one module for each family of kinds."""

import unicodedata

from noa_rag.french.personal_data.addresses import mask_addresses, mask_emails
from noa_rag.french.personal_data.birth_dates import mask_birth_dates, mask_dates_after_names
from noa_rag.french.personal_data.masks import (
    MASKS,
    kinds_masked,
    says_nothing_else,
    with_masks_hidden,
    with_masks_shown,
    without_masks,
)
from noa_rag.french.personal_data.numbers import mask_numbers
from noa_rag.french.personal_data.reading import read_figures, read_tidily
from noa_rag.french.personal_data.told import mask_names

__all__ = ["MASKS", "kinds_masked", "mask_personal_data", "says_nothing_else", "without_masks"]


def mask_personal_data(text: str) -> str:
    """Return the text with personal data replaced by masks that say what stood there.

    SIREN and SIRET stay: they name a company, and the question is useful with them. So do a postal code and a town: the
    answer may depend on them, and alone they tell nobody apart. Where something is masked, the rest comes back in its
    composed form (NFKC): full-width digits are digits too. Each family reads the text once, in time linear in its
    length; what one of them hides stays as long as it was until the last has read it.
    """
    typed = with_masks_hidden(unicodedata.normalize("NFKC", text))
    tidy = read_tidily(typed)
    read = mask_emails(tidy.text)
    figures = read_figures(read)
    if figures.text != read:
        read = figures.hide_in(read, mask_numbers(figures.hide_by_length(), is_read=True))
    for mask in (mask_numbers, mask_birth_dates, mask_addresses, mask_names, mask_dates_after_names):
        read = mask(read)
    return text if read == tidy.text else with_masks_shown(tidy.hide_in(typed, read))
