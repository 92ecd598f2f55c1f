"""judged.py ROAD: compares what is sealed with what the X server and the windows saw (story all-day). Prints what it found.

Everything that was typed is sealed as the app whose window got it, or counted as not recorded; around a kill, keys of the
last second may be lost, and nothing else.
"""
import json, sys, time
from datetime import datetime

road = sys.argv[1]
def lines(name): return [line.split() for line in open(f"{road}/{name}")]
# The server and the notes count milliseconds of the monotonic clock.
offset = time.time() * 1000 - time.monotonic() * 1000
def keys(name): return [(int(at), int(code)) for at, code in (line for line in lines(name) if len(line) == 2)]
oracle, windows = keys("oracle"), {name.lower(): keys(f"keys-{name}") for name in ("Editor", "Shell")}
sealed = []
for line in open(f"{road}/sealed"):
    record = json.loads(line)
    if record["type"] == "press":
        at = datetime.fromisoformat(record["t"].replace("Z", "+00:00")).timestamp() * 1000 - offset
        sealed.append((at, record["key"], record["app"]))
names = {}
for at, key, app in sealed:
    near = min(oracle, key=lambda press: abs(press[0] - at))
    if abs(near[0] - at) < 5: names.setdefault(key, {}).setdefault(near[1], 0); names[key][near[1]] += 1
code = {key: max(found, key=found.get) for key, found in names.items()}

spans, killing, killed, counted = [], 0, 0, 0
for word, at, *more in lines("notes"):
    if word == "counted": counted += int(more[0])
    if word == "killing": killing = int(at)
    if word == "killed": killed = int(at)
    if word == "back": spans.append((killing, killed, int(at)))
def span(at): return next((s for s in spans if s[0] <= at <= s[2]), None)

faults = []
foreign = [s for s in sealed
           if not any(abs(at - s[0]) < 60 and c == code.get(s[1]) for at, c in windows[s[2]])]
if foreign: faults.append(f"{len(foreign)} sealed keys went to another window, such as {foreign[0]}")
if len(set((round(at), key) for at, key, _ in sealed)) < len(sealed) - 2: faults.append("keys are sealed twice")
pressed, kept = (sum(span(at) is None for at, *_ in events) for events in (oracle, sealed))
if pressed - kept != counted: faults.append(f"{pressed} typed, {kept} sealed, {counted} counted as not recorded")
lost = []
for begin, end, _ in spans:
    typed = [at for at, _ in windows["editor"] if begin <= at <= end]
    back = sum(begin - 5 <= at <= end + 5 for at, *_ in sealed)
    lost.append(end - typed[back] if back < len(typed) else 0)
if lost and max(lost) > 1_100: faults.append(f"a kill lost the last {max(lost):.0f} ms")
if len(sealed) < 100 or not spans: faults.append(f"too little was done: {len(sealed)} keys, {len(spans)} kills")
print("; ".join(faults) or f"{len(oracle)} keys: {len(sealed)} sealed, {counted} counted, none elsewhere; a kill lost at most "
      f"{max(lost):.0f} ms")
sys.exit(1 if faults else 0)
