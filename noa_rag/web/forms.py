"""Forms as the pages send them: text fields, whatever the browser or somebody else put there."""

from litestar.datastructures import FormMultiDict
from litestar.plugins.htmx import HTMXRequest

from noa_rag.web.errors import MalformedBody


async def read_form(request: HTMXRequest) -> FormMultiDict:
    """Return the fields of a form; raises MalformedBody when they are not UTF-8."""
    try:
        return await request.form()
    except UnicodeDecodeError as error:
        raise MalformedBody("A form that is not UTF-8") from error


def text_field(form: FormMultiDict, name: str) -> str:
    """Return a field as text; files and missing fields count as empty."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
