#!/usr/bin/env python3
"""What `coffer --experimental-dump-help` says about the commands, for the tools that need it.

    coffer --experimental-dump-help | tools/lib/commands.py         every command, its words in one line
    coffer --experimental-dump-help | tools/lib/commands.py json    only those that take --json
"""
import json
import sys


def commands(command, words=()):
    """Pairs of words and description: the command itself, then all commands below it that the help shows."""
    yield words, command
    for below in command.get("subcommands", []):
        # `help` is the parser's own. Hidden commands are for the program itself.
        if below["shouldDisplay"] and below["commandName"] != "help":
            yield from commands(below, words + (below["commandName"],))


def options(command):
    """The names of the command's options, without dashes."""
    return {name["name"] for argument in command.get("arguments", []) for name in argument.get("names", [])}


def read(text):
    dump = json.loads(text)
    if dump["serializationVersion"] != 0:
        sys.exit(f"commands.py: unknown version {dump['serializationVersion']} of the dumped help")
    return dump["command"]


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else None
    for words, command in commands(read(sys.stdin.read())):
        if wanted is None or wanted in options(command):
            print(*words)
