"""What is read: a grant, the part of it, and the files by which a job asks."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import WrongUse


@dataclass(frozen=True)
class Share:
    """Share `index` of `count`, from zero. A person's day is in one share."""

    index: int = 0
    count: int = 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


@dataclass(frozen=True)
class Job:
    """A stream's options, by the names and with the values of `coffer job open`. It holds paths, and no secret."""

    grant: str
    kinds: str | None = None
    apps: str | None = None
    days: str | None = None
    images: str = "png"
    scale: str | None = None
    on_ended: str | None = None
    on_unreadable: str | None = None
    #: The file with the epoch's secret, on a tmpfs. Without it, shares use one in `/dev/shm`.
    epoch: str | None = None
    #: `COFFER_HOME` and `COFFER_JOB_KEY`. Without them, those of the environment.
    home: str | None = None
    key: str | None = None
    #: A folder that gets the manifest of each stream that has its end, for `coffer job done --manifest`.
    manifests: str | None = None
    #: The program.
    coffer: str = "coffer"

    @classmethod
    def of(cls, grant: Job | str | int, **options: object) -> Job:
        """A job by its grant: the entry in the ledger, digits of its hash, or its file."""
        names = {field.name for field in dataclasses.fields(cls)} - {"grant"}
        unknown = sorted(set(options) - names)
        if unknown:
            raise WrongUse(f"There is no option {unknown[0]}.", hint=f"The options are {', '.join(sorted(names))}.")
        given = {name: _text(value) for name, value in options.items() if value is not None}
        if isinstance(grant, Job):
            return dataclasses.replace(grant, **given)
        return cls(str(grant), **given)

    def arguments(self, share: Share, epoch: str | None) -> list[str]:
        """The command line. Each value is in one word with its option, so that no value is taken for an option."""
        words = [self.coffer, "job", "open", "--json", f"--grant={self.grant}", "--format=tar", f"--images={self.images}"]
        for name in ("kinds", "apps", "days", "scale", "on_ended", "on_unreadable"):
            value = getattr(self, name)
            if value is not None:
                words.append(f"--{name.replace('_', '-')}={value}")
        if share.count > 1:
            words.append(f"--shard={share}")
        if epoch is not None:
            words.append(f"--epoch={epoch}")
        return words

    def environment(self) -> Mapping[str, str]:
        names = {"COFFER_HOME": self.home, "COFFER_JOB_KEY": self.key}
        return {**os.environ, **{name: path for name, path in names.items() if path is not None}}


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return ",".join(str(part) for part in value)
    return str(value)
