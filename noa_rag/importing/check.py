"""`python -m noa_rag.importing.check FOLDER`: the complaints of a pack, without a base or a model."""

import sys
from collections import Counter
from pathlib import Path

from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.importing.pack import Pack, read_pack


def main(folder: str) -> int:
    """Print the complaints, or the counts; return the exit status."""
    try:
        pack = read_pack(Path(folder))
    except InvalidKnowledge as error:
        print(error)
        return 1
    print(summary(pack))
    return 0


def summary(pack: Pack) -> str:
    """Return one line on what a sound pack holds."""
    per_agency = Counter(content.agency_id for _, content in pack.entries)
    counts = ", ".join(f"{agency} {count}" for agency, count in sorted(per_agency.items()))
    past_count = sum(len(history) - 1 for history in pack.histories.values())
    dated = f" and {past_count} earlier versions" if past_count else ""
    return f"{len(pack.entries)} entries{dated}: {counts}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
