"""Numbers of persons in figures: those known by their form, and those known by what is said about them."""

from noa_rag.french.personal_data.documents import mask_documents
from noa_rag.french.personal_data.figures import mask_figures, mask_ibans


def mask_numbers(text: str) -> str:
    """Return the text with personal numbers replaced. What the text itself says of a number comes before its form."""
    return mask_figures(mask_documents(mask_ibans(text)))
