"""What every handler needs: the service, the line in front of it, and where things are."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from noa_rag.answering.distress.recognise import is_in_distress
from noa_rag.domain.answer import Answer
from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Ask
from noa_rag.web.assets import Assets
from noa_rag.web.operations.observing import nobody_counts
from noa_rag.web.service import NoaService
from noa_rag.web.waiting_line import Saturated, WaitingLine

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Site:
    """Handed to handlers as the dependency `site`; `host` is whose widget the page is shown in, if it is."""

    service: NoaService
    line: WaitingLine
    assistant_line: WaitingLine
    """Where calls wait that a language model takes seconds for: they must not keep answers waiting."""
    urgent_line: WaitingLine
    """Where messages of distress wait once `line` is full."""
    assets: Assets
    base_url: str | None
    host: HostSite | None = None
    on_answer: Callable[[Answer, float], None] = nobody_counts

    async def run_for(self, message: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a call for this message returns; one of distress is answered though the line is full."""
        try:
            return await self.line.run(call, *args, **kwargs)
        except Saturated:
            if not is_in_distress(message):
                raise
            return await self.urgent_line.run(call, *args, **kwargs)

    def ask(self, ask: Ask) -> Answer:
        """Ask the service, and tell whoever counts answers what came of it after how many seconds."""
        self.service.check_day(ask.as_of, field="as_of")
        start = time.perf_counter()
        answer = self.service.ask(ask)
        self.on_answer(answer, time.perf_counter() - start)
        return answer
