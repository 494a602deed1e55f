"""Numbers as people read them, without the machine's locale."""

from noa_rag.domain.question import Language

NARROW, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def number_in_words(value: int, language: Language) -> str:
    """Return "12 345" or "12,345"."""
    text = f"{value:,}"
    return text if language is Language.ENGLISH else text.replace(",", NARROW)


def decimal_in_words(value: float, language: Language, *, digits: int = 1) -> str:
    """Return "0,5" or "0.5"."""
    text = f"{value:.{digits}f}"
    return text if language is Language.ENGLISH else text.replace(".", ",")


def share_in_words(share: float | None, language: Language, *, digits: int = 1) -> str:
    """Return "55,3 %" or "55.3%"; a dash where there is nothing to share."""
    if share is None:
        return "–"
    number = decimal_in_words(100 * share, language, digits=digits)
    return f"{number}%" if language is Language.ENGLISH else f"{number}{WIDE}%"


def change_in_words(now: int, before: int, language: Language) -> str:
    """Return "+25 %" or "−25%"; a dash where nothing was before."""
    if not before:
        return "–"
    change = round(100 * (now - before) / before)
    sign = "+" if change > 0 else MINUS if change < 0 else ""
    return sign + share_in_words(abs(change) / 100, language, digits=0)


def seconds_in_words(seconds: float | None, language: Language) -> str:
    """Return "12 ms" or "1,5 s", with as many digits as can be believed."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{1_000 * seconds:.0f}{WIDE}ms"
    return f"{decimal_in_words(seconds, language)}{WIDE}s"
