"""What the capture agent costs and loses, in the session of DISPLAY; started by capture-bench.sh.

Processor time is that of the agent's threads by /proc/PID/task/*/schedstat, in percent of one core. Every figure is of one
short run; `--kills N` kills that many agents. Keys are counted by the X server's RECORD extension and by the windows that
got them.
"""
import argparse, ctypes, glob, json, os, statistics, subprocess, sys, tempfile, time
from datetime import datetime, timezone
from x11 import X, opened

parser = argparse.ArgumentParser()
parser.add_argument("--json", action="store_true")
parser.add_argument("--quick", action="store_true")
parser.add_argument("--kills", type=int)
parser.add_argument("--bench", help="coffer-bench, which measures the removal of secrets")
options = parser.parse_args()
short = 3 if options.quick else 15
kills = options.kills if options.kills is not None else 2 if options.quick else 15

coffer, home, road = (os.environ[name] for name in ("COFFER", "COFFER_HOME", "ROAD"))
x11 = os.path.join(os.path.dirname(os.path.abspath(__file__)), "x11.py")
passphrase = ["--passphrase-file", home + "/passphrase"]
figures, notes, running = [], [], []

def say(words): print(words, file=sys.stderr, flush=True)
def run(*words): return subprocess.run([coffer, *words], capture_output=True, text=True, check=True).stdout
def status(): return json.loads(run("capture", "status", "--json"))
def start(*words, **more):
    running.append(subprocess.Popen(words, **more))
    return running[-1]
def end(process):
    process.terminate()
    process.wait()
    running.remove(process)
def until(what, condition):
    limit = time.monotonic() + 30
    while not condition():
        if time.monotonic() > limit: sys.exit(f"capture bench: it never happened that {what}")
        time.sleep(0.05)
def size(*folders):
    return sum(os.path.getsize(p) for f in folders for p in glob.glob(f"{home}/data/vault/{f}/*"))

class Agent:
    def __init__(self):
        self.process = start(coffer, "capture", "run", stderr=open(road + "/log/agent", "a"))
        until("the agent runs", lambda: status()["running"])
    def processor(self):
        # In nanoseconds: the ticks of /proc/PID/stat are too coarse for an idle agent.
        return sum(int(open(path).read().split()[0]) for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat")) / 1e9
    def memory(self, name):
        return next(int(line.split()[1]) / 1024 for line in open(f"/proc/{self.process.pid}/status") if line.startswith(name))
    def busy(self, work):
        """Percent of a core while this is done."""
        before, began = self.processor(), time.monotonic()
        work()
        return 100 * (self.processor() - before) / (time.monotonic() - began)

def handle(kind):
    found = ""
    def there():
        nonlocal found
        found = subprocess.run(["xdotool", "search", "--class", f"^{kind}$"], capture_output=True, text=True).stdout
        return found.strip()
    until(f"there is a window of {kind}", there)
    return found.split()[-1]
def terminal(kind, *command):
    process = start("xterm", "-class", kind, "-title", kind, "-geometry", "310x80+0+0", "-fa", "Monospace", "-fs", "9", "-e",
                    *command)
    return process, handle(kind)
def focus(window):
    subprocess.run(["xdotool", "windowactivate", "--sync", window], check=True, stderr=subprocess.DEVNULL)
    until("the agent records", lambda: status()["state"] == "recording")

def figure(name, unit, value, goal=None, reached=None, peer=None):
    figures.append({"name": name, "unit": unit, "value": {"median": value, "least": value, "most": value}}
                   | ({"goal": goal, "verdict": "reached" if reached else "not reached"} if goal else {})
                   | ({"published": peer} if peer else {}))
    say(f"  {name}: {value:.4g} {unit}{f' (goal {goal})' if goal else ''}")
def most(name, unit, value, limit, peer=None): figure(name, unit, value, f"≤ {limit}", value <= limit, peer)

def sealed():
    """Sealed presses in order, without what lies in open journals: (milliseconds, key)."""
    records = (json.loads(line) for line in run("show", "--kind", "keys", "--json").splitlines())
    return [(1000 * datetime.fromisoformat(r["t"].replace("Z", "+00:00")).timestamp(), r["key"])
            for r in records if r.get("type") == "press"]

def cost(agent):
    editor, window = terminal("Editor", "cat")
    focus(window)
    time.sleep(2)
    most("idle, recording", "% of a core", agent.busy(lambda: time.sleep(short)), 0.2, "below 1 %, a static screen")
    most("typing 8 keys/s with screens", "% of a core",
         agent.busy(lambda: subprocess.run(["python3", x11, "keys", "8", str(short)], check=True)), 1.5,
         "8 to 15 %, active work")
    most("1,000 pointer motions/s", "% of a core",
         agent.busy(lambda: subprocess.run(["python3", x11, "motions", "1000", str(short)], check=True)), 1.5)
    end(editor)
    scrolling, window = terminal("Editor", "sh", "-c", "while :; do cat /usr/include/*.h; done")
    focus(window)
    before = size("journals", "segments")
    most("full-HD terminal, scrolling", "% of a core", agent.busy(lambda: time.sleep(short)), 4, "5 to 10 %, light browsing")
    most("  its journal", "MB/s", (size("journals", "segments") - before) / short / 1e6, 0.25)
    most("resident memory", "MiB", agent.memory("VmRSS"), 64, "500 to 3,000 MB")
    figure("  at most", "MiB", agent.memory("VmHWM"))
    end(scrolling)

def switching():
    """100 keys/s while the active window changes each second: the oracle against what is sealed."""
    logs = {name: f"{road}/log/keys-{name}" for name in ("Editor", "Other", "oracle")}
    for log in logs.values(): open(log, "w").close()
    oracle = start("python3", x11, "record", logs["oracle"])
    windows = [start("python3", x11, "window", name, name, "400x300+20+20", logs[name]) for name in ("Editor", "Other")]
    handles = [handle(name) for name in ("Editor", "Other")]
    until("the oracle listens", lambda: "begun" in open(logs["oracle"]).read())
    known, agent = len(sealed()), Agent()
    focus(handles[0])
    subprocess.run(["python3", x11, "keys", "100", str(2 * short), *handles], check=True)
    time.sleep(1.5)
    dropped = status()["keysNotRecorded"]
    end(agent.process)
    new = sealed()[known:]
    for process in [oracle, *windows]: end(process)
    seen = {name: [tuple(map(int, line.split())) for line in open(log) if " " in line] for name, log in logs.items()}
    # The server counts milliseconds as the monotonic clock does, in 32 bits. A letter comes again after 260 ms.
    offset = time.time() * 1000 - time.monotonic() * 1000 % (1 << 32)
    display = opened()
    got = {}
    for at, code in seen["Editor"]: got.setdefault(code, []).append(at + offset)
    code = {chr(97 + i): X.XKeysymToKeycode(display, X.XStringToKeysym(bytes([97 + i]))) for i in range(26)}
    foreign = sum(not any(abs(at - other) < 100 for other in got.get(code[key], [])) for at, key in new)
    figure("100 keys/s, a switch each second: keys by the oracle", "keys", len(seen["oracle"]))
    figure("  sealed", "keys", len(new))
    most("  neither sealed nor counted as dropped", "keys", abs(len(seen["oracle"]) - dropped - len(new)), 0)
    most("  sealed, and received by another window", "keys", foreign, 0)

class Picture(ctypes.Structure):
    """png_image of libpng's simplified interface."""
    _fields_ = [("opaque", ctypes.c_void_p), *((name, ctypes.c_uint32) for name in
                ("version", "width", "height", "format", "flags", "colours", "failed")), ("message", ctypes.c_char * 64)]

def jpeg_size(path):
    """How long a PNG file is as JPEG of quality 80 with half the colours, as most programs write it."""
    png, turbo, picture = ctypes.CDLL("libpng16.so.16"), ctypes.CDLL("libturbojpeg.so.0"), Picture(version=1)
    if not png.png_image_begin_read_from_file(ctypes.byref(picture), path.encode()): sys.exit("capture bench: no PNG")
    picture.format = 2
    pixels = ctypes.create_string_buffer(picture.width * picture.height * 3)
    if not png.png_image_finish_read(ctypes.byref(picture), None, pixels, 0, None): sys.exit("capture bench: no PNG")
    turbo.tjInitCompress.restype = ctypes.c_void_p
    compressor, out, size = ctypes.c_void_p(turbo.tjInitCompress()), ctypes.c_void_p(), ctypes.c_ulong()
    failed = turbo.tjCompress2(compressor, pixels, picture.width, 0, picture.height, 0, ctypes.byref(out),
                               ctypes.byref(size), 2, 80, 0)
    turbo.tjFree(out)
    turbo.tjDestroy(compressor)
    if failed: sys.exit("capture bench: no JPEG")
    return size.value

def killed():
    """What a kill -9 in the middle of a word loses: the age of the first key that does not come back."""
    losses = []
    for _ in range(kills):
        agent = Agent()
        editor, window = terminal("Editor", "cat")
        focus(window)
        log = f"{road}/log/keys-oracle"
        open(log, "w").close()
        oracle = start("python3", x11, "record", log)
        until("the oracle listens", lambda: "begun" in open(log).read())
        known = len(sealed())
        typist = start("python3", x11, "keys", "25", "10")
        time.sleep(1.2 + 0.017 * (len(losses) * 29 % 59))
        agent.process.kill()
        now = time.monotonic() * 1000 % (1 << 32)
        agent.process.wait()
        for process in (typist, oracle, editor): end(process)
        running.remove(agent.process)
        presses = [int(line.split()[0]) for line in open(log) if " " in line]
        back = len(sealed()) - known
        lost = [at for at in presses[back:] if at <= now]
        losses.append(now - lost[0] if lost else 0)
    if losses:
        most(f"kill -9 in the middle of a word, the most of {kills}: lost", "ms", max(losses), 1000)
        figure("  median", "ms", statistics.median(losses))

def day():
    """A stretch of work, and what its frames would be as one JPEG of quality 80 each."""
    text = "".join(f"line {i} of a report about the {i * 7919 % 1000} things of the day\n" for i in range(400))
    with open(road + "/text", "w") as file: file.write(text)
    agent, before, began = Agent(), size("segments"), time.monotonic()
    for i in range(1 if options.quick else 3):
        editor, window = terminal("Editor", "sh", "-c", f"head -n {60 + 40 * i} {road}/text; exec cat")
        focus(window)
        subprocess.run(["python3", x11, "keys", "8", str(short / 2)], check=True)
        subprocess.run(["python3", x11, "motions", "200", "1"], check=True)
        end(editor)
    length = time.monotonic() - began
    end(agent.process)
    ours, folder = size("segments") - before, tempfile.mkdtemp(dir=road)
    run("export", folder + "/out", "--kind", "screen", "--since", stamp(length), *passphrase)
    figure("work of some seconds, sealed, reckoned for 8 hours", "MB", ours / length * 28_800 / 1e6,
           peer="about 20 GB a month")
    frames = glob.glob(folder + "/out/**/*.png", recursive=True)
    count, jpeg = len(frames), sum(map(jpeg_size, frames))
    figure(f"  the same {count} frames as JPEG of quality 80", "MB", jpeg / length * 28_800 / 1e6)
    most("  ours, by JPEG", "", ours / jpeg if jpeg else float("nan"), 0.25)

def measured(*words): return subprocess.run([options.bench, *words], capture_output=True, text=True, check=True).stdout
def stamp(ago): return datetime.fromtimestamp(time.time() - ago - 1, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

try:
    agent = Agent()
    cost(agent)
    end(agent.process)
    run("unlock", "--for", "1h", *passphrase)
    switching()
    day()
    killed()
    run("lock")
finally:
    for process in reversed(running): process.kill()
if options.bench: figure("removal of secrets, text of code and prose", "MB/s", float(measured("removal")))
notes += ["Beside some figures stand those that screenpipe's documentation publishes (mintlify.com/screenpipe, Performance): "
          "for another machine, with text recognition and sound.",
          "Each figure is of one run of seconds; a day is reckoned from less than a minute of it."]
if options.json:
    print(json.dumps({"schema": "coffer.bench.v1", "bench": "capture", "quick": options.quick, "notes": notes,
                      "figures": figures}, sort_keys=True))
else:
    print("capture" + (" (quick: figures of seconds)" if options.quick else ""))
    rows = [("figure", "value", "unit", "goal", "verdict", "screenpipe publishes")] + [
        (f["name"], f"{f['value']['median']:.3g}" if f["value"]["median"] < 1000 else f"{f['value']['median']:.0f}", f["unit"],
         f.get("goal", ""), f.get("verdict", ""), f.get("published", "")) for f in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows: print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    for note in notes: print("  " + note)
