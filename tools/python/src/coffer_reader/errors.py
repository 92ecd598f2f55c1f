"""What a stream ends with when it does not end well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar


class CofferError(Exception):
    """The stream has no end. What came of it is not an epoch: throw it away.

    `code` is the exit code of `coffer`, if it gave one; `rule` and `entry` say by which rule and by which entry of the
    ledger. `place` has `pseudonym`, `subject`, `week`, `page` and `object`, as far as one part of the lake is to blame.
    """

    code: int | None = None

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        rule: str | None = None,
        entry: int | None = None,
        hint: str | None = None,
        place: Mapping[str, str] | None = None,
    ) -> None:
        # A DataLoader makes the error of a worker again from its traceback alone.
        told = _Told.last(message)
        if told and rule is None and entry is None:
            message, rule, entry = told.message, told.rule, told.entry
        super().__init__(message)
        self.message = message
        self.code = code if code is not None else type(self).code
        self.rule = rule
        self.entry = entry
        self.hint = hint
        self.place = dict(place or {})

    def __str__(self) -> str:
        parts = [f"rule {self.rule}"] if self.rule else []
        if self.entry is not None:
            parts.append(f"entry {self.entry}")
        text = f"{self.message} ({', '.join(parts)})" if parts else self.message
        return f"{text}\n{self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.message, self.code, self.rule, self.entry, self.hint, self.place)


class SamplesMustGo(CofferError):
    """Samples that were handed on belong to people or days that ended meanwhile: nobody may use them."""

    code = 3


class WrongUse(CofferError):
    """An option or the grant's name is wrong."""

    code = 64


class Tampered(CofferError):
    """What is signed cannot be true, or stored data is damaged. Do not try again."""

    code = 65


class NotFound(CofferError):
    """There is no such thing."""

    code = 66


class TryLater(CofferError):
    """A broker, a quorum or an object is missing now."""

    code = 75


class Refused(CofferError):
    """The rules refuse it."""

    code = 77


class NotConfigured(CofferError):
    """A file, a permission or a program is missing on this machine."""

    code = 78


class CutStream(CofferError):
    """The stream ended without its end, and nobody said why: the program was killed, or a pipe was cut."""


class PlansDiffer(TryLater):
    """Shares of one epoch were made from different pages: they may overlap or leave days out."""


_KINDS: Mapping[int, type[CofferError]] = {
    kind.code: kind
    for kind in (SamplesMustGo, WrongUse, Tampered, NotFound, TryLater, Refused, NotConfigured)
    if kind.code is not None
}
#: After these no try gives the same samples again.
FINAL = (SamplesMustGo, Tampered, Refused)


def by_code(code: int) -> type[CofferError]:
    return _KINDS.get(code, CofferError)


def reason(error: BaseException) -> CofferError | None:
    """The error of Coffer's behind another one, such as Spark's, which has only its text."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, CofferError):
            return seen
        told = _Told.last(str(seen))
        if told:
            return told.kind(told.message, rule=told.rule, entry=told.entry)
        seen = seen.__cause__ or seen.__context__
    return None


def _again(
    kind: type[CofferError],
    message: str,
    code: int | None,
    rule: str | None,
    entry: int | None,
    hint: str | None,
    place: Mapping[str, str],
) -> CofferError:
    return kind(message, code=code, rule=rule, entry=entry, hint=hint, place=place)


class _Told:
    """An error of this module as it stands in a traceback."""

    _form: ClassVar[re.Pattern[str]] = re.compile(
        r"^(?:\S*: )?coffer_reader\.errors\.(\w+): (.*?)(?: \((?:rule ([\w.-]+))?(?:, )?(?:entry (\d+))?\))?$",
        re.MULTILINE,
    )

    def __init__(self, kind: type[CofferError], message: str, rule: str | None, entry: int | None) -> None:
        self.kind, self.message, self.rule, self.entry = kind, message, rule, entry

    @classmethod
    def last(cls, text: str) -> _Told | None:
        found = None
        for match in cls._form.finditer(text):
            kind = globals().get(match[1])
            if isinstance(kind, type) and issubclass(kind, CofferError):
                found = cls(kind, match[2], match[3], int(match[4]) if match[4] else None)
        return found
