"""The integers that stand in the place of others, and where others stand."""
import functools
import re

VALUES = [0, 1, 1 << 31, 1 << 32, (1 << 53) - 1, 1 << 53, (1 << 53) + 1, (1 << 63) - 1, 1 << 63, (1 << 63) + 1,
          (1 << 64) - 1]

# JSON numbers, ports in URLs, the size in a checkpoint, the threshold in a line of words.
DECIMAL = re.compile(rb'(?<=[:,\[ \n])[0-9]+(?=[,}\]"/ \n])')

# Binary files have their fields near the beginning; what follows is content, or sealed.
HEAD, TAIL = 96, 24


def is_text(data):
    try:
        return "\0" not in data.decode() and bool(data)
    except UnicodeDecodeError:
        return False


def replaced(data, start, end, value):
    return data[:start] + value + data[end:]


def in_text(data):
    """(what, what makes the changed bytes) for every decimal number in a text."""
    for match in DECIMAL.finditer(data):
        for value in VALUES:
            yield f"{match[0].decode()} at {match.start()} is {value}", functools.partial(
                replaced, data, *match.span(), str(value).encode())


def in_binary(data):
    """The same for fields of one, two, four and eight bytes, wherever they may stand."""
    ends = set(range(min(len(data), HEAD))) | set(range(max(0, len(data) - TAIL), len(data)))
    for at in sorted(ends):
        for width in (1, 2, 4, 8):
            if at + width > len(data):
                continue
            fitting = [value for value in VALUES if value < 1 << 8 * width]
            for value in {*fitting, (1 << 8 * width) - 1, (1 << 8 * width - 1) - 1, 1 << 8 * width - 1}:
                field = value.to_bytes(width, "big")
                if field != data[at : at + width]:
                    yield f"u{8 * width} at {at} is {value}", functools.partial(replaced, data, at, at + width, field)


def changes(data):
    return in_text(data) if is_text(data) else in_binary(data)
