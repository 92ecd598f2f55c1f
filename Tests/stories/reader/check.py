"""Reads the grant of the story `reader` by coffer-reader, and checks what comes.

check.py whole COUNT MODE…          each mode gives so many samples
check.py raises CODE RULE MODE…     each mode raises this; RULE may be -
check.py paused FOLDER MODE         stops after the first sample until FOLDER/go-on is there, and prints what it raises
check.py ended MODE                 kills the program after the first sample, which raises
check.py plans FOLDER               a share before FOLDER/go-on is there, and one after: they do not fit together

A mode is a loader. Options of all are in READER, a JSON object.
"""
import contextlib
import glob
import json
import os
import signal
import sys
import time

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

import coffer_reader  # noqa: E402

options = json.loads(os.environ["READER"])
grant = options.pop("grant")


def keys(mode):
    """The keys of the samples, one after the other, by this loader."""
    if mode == "samples":
        yield from (sample.key for sample in coffer_reader.samples(grant, **options))
    elif mode == "webdataset":
        yield from (sample["__key__"] for sample in coffer_reader.webdataset(grant, **options).decode())
    elif mode == "huggingface":
        yield from (row["key"] for row in coffer_reader.huggingface(grant, shares=2, **options))
    elif mode == "arrow":
        yield from (key for batch in coffer_reader.arrow(grant, rows=8, **options) for key in batch["key"].to_pylist())
    elif mode == "pandas":
        yield from coffer_reader.pandas(grant, **options)["key"]
    elif mode == "pytorch":
        from torch.utils.data import DataLoader

        loader = DataLoader(coffer_reader.pytorch(grant, **options), batch_size=None, num_workers=2)
        yield from (item["key"] for item in loader)
    else:
        raise SystemExit(f"no such mode: {mode}")


def raised(samples):
    try:
        count = sum(1 for _ in samples)
    except coffer_reader.CofferError as error:
        return error
    raise SystemExit(f"an epoch of {count} samples came")


def children(pid):
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        # A thread may end meanwhile.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(path) as file:
            for child in map(int, file.read().split()):
                yield child
                yield from children(child)


def wait(folder):
    while not os.path.exists(f"{folder}/go-on"):
        time.sleep(0.05)


what, *rest = sys.argv[1:]
if what == "whole":
    found = {mode: sorted(keys(mode)) for mode in rest[1:]}
    for mode, some in found.items():
        assert len(set(some)) == len(some) == int(rest[0]), (mode, len(some), len(set(some)))
        assert some == found[rest[1]], mode
    if "webdataset" in found:
        assert list(coffer_reader.webdataset(grant, rank=63, world_size=64, **options)) == []
elif what == "raises":
    for mode in rest[2:]:
        error = raised(keys(mode))
        assert str(error.code) == rest[0] and rest[1] in ("-", error.rule), (mode, repr(error), error.code, error.rule)
elif what == "paused":
    samples = keys(rest[1])
    next(samples)
    open(f"{rest[0]}/began-{rest[1]}", "w").close()
    wait(rest[0])
    error = raised(samples)
    print(type(error).__name__, error.code, error.rule, error.entry)
elif what == "ended":
    samples = keys(rest[0])
    next(samples)
    for child in children(os.getpid()):
        with open(f"/proc/{child}/cmdline", "rb") as file:
            if b"job\0open" in file.read():
                os.kill(child, signal.SIGKILL)
    error = raised(samples)
    assert isinstance(error, coffer_reader.CutStream), repr(error)
elif what == "plans":
    import coffer_reader.loaders.pytorch as pytorch

    shares = [pytorch.Samples(grant, rank=rank, world_size=2, **options) for rank in range(2)]
    assert sum(1 for _ in shares[0]) > 0
    open(f"{rest[0]}/began-plans", "w").close()
    wait(rest[0])
    error = raised(shares[1])
    print(type(error).__name__, error.code, error.rule, error.entry)
else:
    raise SystemExit(__doc__)
