"""The choice of an entry in a form: one of a few proposed, or any other by its id."""

from litestar.datastructures import FormMultiDict

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidRequest
from noa_rag.service.noa import Noa
from noa_rag.web.forms import text_field


def chosen_entry(noa: Noa, form: FormMultiDict) -> EntryId | None:
    """Return the entry that a form names, None when it names none. Raises InvalidRequest for one that is unknown."""
    named = text_field(form, "other_entry").strip() or text_field(form, "entry").strip()
    if not named:
        return None
    if EntryId(named) not in noa.records.current([EntryId(named)]):
        raise InvalidRequest(f"No entry has the id `{named[:100]}`.", field="other_entry")
    return EntryId(named)
