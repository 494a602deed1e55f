"""Entries of some regions: a general one behind each, and none that leads a visitor to another region's."""

from collections.abc import Iterator

from noa_rag.domain.entry import EntryId
from noa_rag.domain.regions import covers
from noa_rag.knowledge.rules.finding import Checked, Finding, found

NO_GENERAL, ELSEWHERE = "regional-without-general", "leads-elsewhere"


def without_general(checked: Checked) -> Iterator[Finding]:
    """Yield the entries of some regions behind which no entry answers everybody else."""
    for file in checked.files.values():
        if file.content.regions and file.content.variant_of is None:
            message = f"holds in {', '.join(file.content.regions)} only, and names no general entry in `variant_of`"
            yield found(NO_GENERAL, file, "regions", message)


def leading_elsewhere(checked: Checked) -> Iterator[Finding]:
    """Yield the steps and branches that lead to an entry which does not hold wherever they are read."""
    for file in checked.files.values():
        content = file.content
        steps = [(f"steps[{number}]", step.entry) for number, step in enumerate(content.steps)]
        branches = [(f"branches[{number}]", branch.entry) for number, branch in enumerate(content.branches)]
        for field, target in (*steps, *branches):
            if target and not _holds_wherever(checked, content.regions, target):
                regions = ", ".join(checked.files[target].content.regions)
                message = f"leads to `{target}`, which holds in {regions} only: name its general entry"
                yield found(ELSEWHERE, file, field, message)


def _holds_wherever(checked: Checked, regions: tuple[str, ...], target: EntryId) -> bool:
    held = checked.files[target].content.regions if target in checked.files else ()
    return not held or (bool(regions) and all(covers(held, region) for region in regions))
