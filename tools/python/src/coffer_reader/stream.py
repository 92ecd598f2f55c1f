"""One stream of samples, from its beginning to its end."""

from __future__ import annotations

import tarfile
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import IO, cast

from .child import Child
from .errors import CutStream, NotConfigured, SamplesMustGo
from .job import Job, Share
from .manifest import Manifest
from .sample import Sample

_ENDINGS = frozenset({"png", "webp", "jpg", "npy"})
#: More than any frame has.
_LARGEST = 1 << 30
_MANIFEST = "__manifest__"
_TRAILER = bytes(1024)
_BUFFER = 1 << 16
#: No epoch has so many days that this share gets one.
_SURVEY = Share(65_535, 65_536)


class Stream(Iterator[Sample]):
    """The samples of one share, one at a time. Only when `StopIteration` comes, and no error, is the stream whole; then
    `manifest` says what it has. Close it, or use it in `with`, if you stop before."""

    def __init__(self, job: Job, share: Share = Share(), epoch: str | None = None) -> None:
        self._whole: list[Manifest] = []
        self._child = Child(job.arguments(share, epoch), job.environment())
        # It does not know this object, so that both go as soon as nobody holds this one.
        self._samples = _read(self._child, self._whole, job.manifests)

    @property
    def manifest(self) -> Manifest | None:
        """None until the stream has its end."""
        return self._whole[0] if self._whole else None

    def __next__(self) -> Sample:
        return next(self._samples)

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_child"):
            self._child.end()

    def close(self) -> None:
        """Ends the program. What was read is not an epoch unless the stream was read to its end."""
        self._samples.close()
        self._child.end()


def _read(child: Child, whole: list[Manifest], folder: str | None) -> Generator[Sample, None, None]:
    try:
        count, manifest, broken = 0, None, None
        try:
            for part in _parts(child.output):
                if isinstance(part, Manifest):
                    manifest = part
                else:
                    count += 1
                    yield part
        except (tarfile.TarError, OSError, EOFError, CutStream) as error:
            broken = error
        failure = child.outcome()
        # What the program says comes before what its bytes look like, unless it only misses its reader.
        if failure is not None and not (broken is not None and failure.code in (None, 1)):
            if manifest is not None and isinstance(failure, SamplesMustGo):
                whole.append(manifest)
            raise failure from broken
        if broken is not None:
            said = f" {failure}" if isinstance(failure, CutStream) else ""
            raise CutStream(f"The stream is cut: {broken}.{said}", rule="stream.cut") from broken
        if manifest is None:
            raise CutStream("The stream has no manifest.", rule="stream.cut")
        if manifest.samples != count:
            raise CutStream(
                f"The stream has {count} samples, and its manifest names {manifest.samples}.", rule="stream.cut"
            )
        if folder is not None:
            _keep(manifest, folder)
        whole.append(manifest)
    finally:
        child.end()


def _keep(manifest: Manifest, folder: str) -> None:
    try:
        manifest.keep(folder)
    except OSError as error:
        raise NotConfigured(f"The manifest cannot be kept in {folder}: {error.strerror}.") from error


def survey(job: Job, epoch: str | None = None) -> Manifest:
    """The manifest of a share that gets no day: whose consent is live, and the plan of the shares. It costs index weeks."""
    with Stream(job, _SURVEY, epoch) as stream:
        for _ in stream:
            pass
        assert stream.manifest is not None
        return stream.manifest


def _parts(output: IO[bytes]) -> Iterator[Sample | Manifest]:
    """The samples of a tar, then its manifest. Members of one sample are adjacent."""
    source = _Source(output)
    with tarfile.open(fileobj=cast(IO[bytes], source), mode="r|", bufsize=_BUFFER) as tar:
        key, files = "", dict[str, bytes]()
        end = 0
        for member in tar:
            # The list of members grows with the stream otherwise.
            tar.members = []  # type: ignore[attr-defined]
            file = tar.extractfile(member) if member.isreg() and member.size <= _LARGEST else None
            if file is None or end:
                raise CutStream(f"The stream has a part that is not a sample: {member.name}", rule="stream.form")
            data = file.read()
            if len(data) != member.size:
                raise CutStream("the last part is not whole", rule="stream.cut")
            if member.name == _MANIFEST:
                if files:
                    yield _sample(key, files)
                yield Manifest.parse(data)
                end = member.offset_data + -(-member.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
                continue
            name, _, ending = member.name.partition(".")
            if name != key and files:
                yield _sample(key, files)
                files = {}
            key = name
            if ending in files:
                raise CutStream(f"The stream has a part twice: {member.name}", rule="stream.form")
            files[ending] = data
        if not end:
            raise CutStream("it ends before its manifest", rule="stream.cut")
    # The child ends when all is read.
    while source.read(_BUFFER):
        pass
    if source.count != end + len(_TRAILER) or source.tail != _TRAILER:
        raise CutStream("it has no trailer", rule="stream.cut")


class _Source:
    """The bytes of a stream. It keeps the last of them, because tarfile takes a missing trailer for the end."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output
        self.count = 0
        self.tail = b""

    def read(self, count: int) -> bytes:
        data = self._output.read(count)
        self.count += len(data)
        self.tail = (self.tail + data)[-len(_TRAILER) :]
        return data


def _sample(key: str, files: dict[str, bytes]) -> Sample:
    endings = set(files) - {"json"}
    if "json" not in files or len(endings) > 1 or not endings <= _ENDINGS:
        raise CutStream(f"The sample {key} has other parts than a step and its image.", rule="stream.form")
    ending = next(iter(endings), "")
    return Sample(key, files["json"], files.get(ending) if ending else None, ending)
