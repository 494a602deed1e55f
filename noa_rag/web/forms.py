"""Forms as the pages send them: text fields, whatever the browser or somebody else put there."""

from urllib.parse import unquote_to_bytes

from litestar.datastructures import FormMultiDict
from litestar.plugins.htmx import HTMXRequest

from noa_rag.web.errors import MalformedBody


async def read_form(request: HTMXRequest) -> FormMultiDict:
    """Return the fields of a form; raises MalformedBody when they are not UTF-8."""
    try:
        if request.content_type[0] == "application/x-www-form-urlencoded":
            unquote_to_bytes(await request.body()).decode()  # Litestar puts U+FFFD in place of what is no UTF-8
        return await request.form()
    except UnicodeDecodeError as error:
        raise MalformedBody("A form that is not UTF-8") from error


def text_field(form: FormMultiDict, name: str) -> str:
    """Return a field as text; files and missing fields count as empty."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
