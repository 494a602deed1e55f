"""How the log is written: lines for people, or one JSON object a line."""

import logging
import sys
import traceback

import structlog
from structlog.typing import EventDict, WrappedLogger

from noa_rag.settings import Settings

CHATTY = ("bm25s", "httpx", "chromadb", "filelock")


def configure_logging(settings: Settings) -> None:
    """Set up the log of this process; JSON goes to the error stream, whichever library wrote it."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    if settings.log_format == "json":
        _log_json(level)
    else:
        logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _log_json(level: int) -> None:
    said_by_all: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        keep_places,
    ]
    structlog.configure(
        processors=[*said_by_all, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=said_by_all,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def keep_places(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say of an exception its kind and where it was raised: its own words may quote a question."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    if given is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["exception"] = type(error).__name__
        event["places"] = "".join(traceback.format_tb(error.__traceback__))
    return event
