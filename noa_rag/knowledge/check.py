"""`python -m noa_rag.knowledge.check FOLDER`: the complaints of a pack, without a base or a model."""

import sys
from collections import Counter
from datetime import date
from pathlib import Path

from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.knowledge.pack import Pack, read_pack
from noa_rag.knowledge.rules.report import examine


def main(folder: str) -> int:
    """Print the complaints, or the counts with those of the rules; return the exit status."""
    try:
        pack = read_pack(Path(folder))
    except InvalidKnowledge as error:
        print(error)
        return 1
    print(summary(pack))
    report = examine(pack, today=date.today())
    for rule, level, count in report.counts():
        if count:
            print(f"  {count:>5} {level.value:<8} {rule}")
    for one in report.errors:
        print(one.complaint)
    return 1 if report.errors else 0


def summary(pack: Pack) -> str:
    """Return one line on what a sound pack holds."""
    per_agency = Counter(content.agency_id for _, content in pack.entries)
    counts = ", ".join(f"{agency} {count}" for agency, count in sorted(per_agency.items()))
    past_count = sum(len(history) - 1 for history in pack.histories.values())
    dated = f" and {past_count} earlier versions" if past_count else ""
    return f"{len(pack.entries)} entries{dated}: {counts}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
