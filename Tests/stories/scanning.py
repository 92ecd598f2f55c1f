"""scanning.py PID NAME=HEX…: looks for bytes in all memory of a process that is not locked, as root. Prints where they are.

A needle counts wherever it stands in memory that can be swapped out: without the flag `lo` in smaps, and not a page of a
program's file that nobody can write.
Exits 1 if there is any, 2 if the process could not be read.
"""
import re, sys

process, needles = int(sys.argv[1]), dict(pair.split("=", 1) for pair in sys.argv[2:])
needles = {name: bytes.fromhex(value) for name, value in needles.items()}
ranges, locked = [], 0
for line in open(f"/proc/{process}/smaps"):
    if head := re.match(r"([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ (\d+)\s*(.*)", line):
        begin, end, mode, inode, name = int(head[1], 16), int(head[2], 16), head[3], head[4], head[5]
    elif line.startswith("VmFlags:"):
        flags = line.split()[1:]
        if "lo" in flags: locked += end - begin
        elif mode[0] == "r" and (mode[1] == "w" or not name.startswith("/")) and name not in ("[vvar]", "[vsyscall]"): ranges.append((begin, end, name or "anonymous"))
found, read = 0, 0
with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
    for begin, end, name in ranges:
        try:
            memory.seek(begin)
            data = memory.read(end - begin)
        except OSError:
            continue
        read += len(data)
        for needle, value in needles.items():
            at = data.find(value)
            while at >= 0:
                found += 1
                print(f"{needle} at {begin + at:x} in {name}: {data[max(0, at - 24):at + len(value) + 24]!r}")
                at = data.find(value, at + 1)
if read < 1 << 20: sys.exit(2)
print(f"{read >> 20} MiB read, {locked >> 10} KiB locked")
sys.exit(1 if found else 0)
