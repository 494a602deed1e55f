"""Choosing the int8 variant that a processor runs best."""

import platform
from collections.abc import Set
from enum import StrEnum
from pathlib import Path

ARM_MACHINES = frozenset({"aarch64", "arm64"})


class Variant(StrEnum):
    """The quantisations that sentence-transformers offers, named as it names them."""

    AVX512_VNNI = "avx512_vnni"
    AVX2 = "avx2"
    ARM64 = "arm64"


def variant_for_this_processor() -> Variant:
    """The variant for the machine that runs this."""
    return choose_variant(platform.machine(), read_cpu_flags())


def choose_variant(machine: str, flags: Set[str]) -> Variant:
    """The variant for a machine name and the flags of its processor.

    Without VNNI, multiplying unsigned by signed bytes saturates in 16 bits; the AVX2 variant keeps both unsigned.
    Older x86 processors get it too: onnxruntime brings slower code for them.
    """
    if machine.lower() in ARM_MACHINES:
        return Variant.ARM64
    return Variant.AVX512_VNNI if {"avx512_vnni", "avx512vl"} <= flags else Variant.AVX2


def read_cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The flags that Linux lists for the first processor; none where there is no such list."""
    try:
        with cpuinfo.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() == "flags":
                    return frozenset(value.split())
    except OSError:
        pass
    return frozenset()
