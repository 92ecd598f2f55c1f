#!/usr/bin/env python3
"""Makes manual pages (mdoc) from the dumped help.

    coffer --experimental-dump-help | tools/lib/manual.py FOLDER SECONDS VERSION

FOLDER gets `coffer.1`, `coffer-org-key-new.1`, …: one page a command. SECONDS is the pages' date, Unix time in UTC. The
environment, files and exit codes of `coffer.1` are those of the page CommandLine.
"""
import os
import re
import sys
import textwrap
import time

from commands import commands, read

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Sources/coffer/Coffer.docc/CommandLine.md")


def text(words):
    """Running text: one sentence a line, as mdoc wants it, `code` in bold."""
    words = " ".join(words.split())
    # Not after "e.g." and the like, and not between a number and what it counts.
    sentences = re.split(r"(?<!e\.g)(?<!i\.e)(?<=[.!?])\s+", words)
    return "\n".join(escape(line) for sentence in sentences for line in textwrap.wrap(
        sentence, 76, break_long_words=False, break_on_hyphens=False))


def escape(line):
    line = line.replace("\\", "\\e")
    line = re.sub(r"`([^`]*)`", lambda code: "\\fB" + code[1].replace("-", "\\-") + "\\fR", line)
    line = line.replace("…", "...").replace("’", "'")
    return "\\&" + line if line[:1] in (".", "'") else line


def word(value):
    """An argument of a macro: closed against delimiters at its ends."""
    value = value.replace("\\", "\\e").replace("…", "...").replace('"', "\\(dq")
    return f'"{value}\\&"' if " " in value or not value[-1:].isalnum() else value


def flags(argument, every=True):
    """An option with all its names, or with the preferred one."""
    names = argument["names"] if every else [argument["preferredName"]]
    # The short name first, as everywhere.
    names = sorted(names, key=lambda name: name["kind"] == "long")
    spelled = " , ".join("Fl " + ("-" if name["kind"] == "long" else "") + name["name"] for name in names)
    return spelled + (" Ar " + word(argument["valueName"]) if argument["kind"] == "option" else "")


def shape(argument, every=True):
    """The argument as one writes it, in macros."""
    if argument["kind"] != "positional":
        return flags(argument, every)
    dashes = "Fl - " if argument["parsingStrategy"] == "postTerminator" else ""
    return dashes + "Ar " + word(argument["valueName"])


def synopsis(argument):
    line = shape(argument, every=False) + (" ..." if argument["isRepeating"] else "")
    return ".Op " + line if argument["isOptional"] else "." + line


def explained(argument):
    said = [argument.get("abstract", ""), argument.get("discussion", "")]
    if argument.get("allValues"):
        said.append("Values: " + ", ".join(argument["allValues"]) + ".")
    if argument.get("defaultValue"):
        said.append("Default: " + argument["defaultValue"] + ".")
    return text(" ".join(part for part in said if part))


def listed(title, rows):
    items = [line for head, body in rows for line in (".It " + head, body)]
    return [title, ".Bl -tag -width Ds", *items, ".El"] if items else []


def table(heading):
    """The rows of the first table under a heading of the page CommandLine."""
    with open(PAGE, encoding="utf-8") as file:
        section = file.read().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = []
    for line in section.split("\n"):
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


def plain(cell):
    return re.sub(r"<doc:(\w+)>", r"the page \1", cell)


def sentence(cell):
    """A cell of a table as a sentence of its own."""
    cell = plain(cell)
    return text(cell[0].upper() + cell[1:] + ("" if cell.endswith(".") else "."))


def exit_codes():
    return ((code, sentence(meaning)) for code, meaning, *_ in table("Exit codes"))


def environment():
    return (("Ev " + name, sentence(value)) for names, value in table("Environment")
            for name in re.findall(r"`([A-Z_]+)`", names))


def files():
    return ((plain(place).replace("`", ""), sentence(f"{what}. With `COFFER_HOME`: {home}"))
            for what, place, home in table("Files"))


def page(words, command, day, version):
    name = "-".join(("coffer", *words))
    # The first sentence is on the name's line, which has no full stop.
    abstract = re.split(r"(?<=[.!?])\s+", command["abstract"], maxsplit=1)
    line = abstract[0].rstrip(".")
    if len(line) > 1 and not line[1].isupper():
        line = line[0].lower() + line[1:]
    arguments = [a for a in command.get("arguments", []) if a["shouldDisplay"]]
    own = [a for a in arguments if a.get("valueName") not in ("help", "version")]
    operands = [a for a in arguments if a["kind"] == "positional"]
    options = [a for a in arguments if a["kind"] != "positional"]
    below = [s for s in command.get("subcommands", []) if s["shouldDisplay"] and s["commandName"] != "help"]

    lines = [
        f".Dd {time.strftime('%B', day)} {day.tm_mday}, {day.tm_year}", f".Dt {name.upper()} 1", f".Os Coffer {version}",
        ".Sh NAME", f".Nm {name}", f".Nd {escape(line)}", ".Sh SYNOPSIS", f".Nm coffer {' '.join(words)}".rstrip(),
    ]
    # Arguments after `--` come last.
    lines += [synopsis(a) for a in sorted(own, key=lambda a: a["parsingStrategy"] == "postTerminator")]
    if below:
        lines += [".Ar command ..."]
    lines += [".Sh DESCRIPTION"]
    paragraphs = abstract[1:] + [p for p in (command.get("discussion") or "").split("\n\n") if p.strip()]
    for number, paragraph in enumerate(paragraphs or [command["abstract"]]):
        lines += ([".Pp"] if number else []) + [text(paragraph)]
    lines += listed(".Pp\nThe commands are as follows:",
                    ((f"Xr {name}-{s['commandName']} 1", text(s["abstract"])) for s in below))
    lines += listed(".Pp\nThe operands are as follows:", ((shape(a), explained(a)) for a in operands))
    lines += listed(".Pp\nThe options are as follows:", ((shape(a), explained(a)) for a in options))
    if words:
        parent = "-".join(("coffer", *words[:-1]))
        lines += [".Sh EXIT STATUS", "The codes are those of", ".Xr coffer 1 .", ".Sh SEE ALSO", f".Xr {parent} 1"]
    else:
        lines += listed(".Sh ENVIRONMENT", environment())
        lines += listed(".Sh FILES", files())
        lines += listed(".Sh EXIT STATUS", exit_codes())
    return name, "\n".join(lines) + "\n"


def main(folder, seconds, version):
    day = time.gmtime(int(seconds))
    for words, command in commands(read(sys.stdin.read())):
        name, content = page(words, command, day, version)
        with open(os.path.join(folder, name + ".1"), "w", encoding="utf-8") as file:
            file.write(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
