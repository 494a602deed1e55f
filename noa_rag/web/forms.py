"""Forms as the pages send them: text fields, whatever the browser or somebody else put there."""

from litestar.datastructures import FormMultiDict
from litestar.plugins.htmx import HTMXRequest

from noa_rag.web.errors import MalformedBody
from noa_rag.web.readable import ZERO, is_text


async def read_form(request: HTMXRequest) -> FormMultiDict:
    """Return the fields of a form; raises MalformedBody when they are not UTF-8, or hold a byte of zero."""
    try:
        if request.content_type[0] == "application/x-www-form-urlencoded":
            is_readable = is_text(await request.body())  # Litestar puts U+FFFD in place of what is no UTF-8
        else:
            fields = await request.form()
            is_readable = not any(isinstance(value, str) and ZERO in value for _, value in fields.multi_items())
    except UnicodeDecodeError:
        is_readable = False
    if not is_readable:
        raise MalformedBody("A form that is not UTF-8")
    return await request.form()


def text_field(form: FormMultiDict, name: str) -> str:
    """Return a field as text; files and missing fields count as empty."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
