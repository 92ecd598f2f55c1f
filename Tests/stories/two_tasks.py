"""Tasks for the story `two-tasks`, and what came of them.

two_tasks.py write FOLDER                        writes a.jsonl, b.jsonl, c.jsonl with their pictures, and typed.jsonl
two_tasks.py check FOLDER SAMPLES.tar TASKS.tar  compares what a job opened, and prints one line
"""
import io
import json
import os
import struct
import sys
import tarfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pixels import rows  # noqa: E402

CODES = {
    "a": ["pyautogui.click(x=0.9722, y=0.9701)", "pyautogui.press('down', presses=4)", "pyautogui.scroll(-3, x=0.5, y=0.25)",
          "pyautogui.write(message='caf\\u00e9 \\x41')", "pyautogui.dragTo(x=0.4107, y=0.2773, button='left')",
          "computer.terminate(status='success')"],
    "b": ["pyautogui.write('hello')", "pyautogui.write(' world')", "pyautogui.hotkey(['ctrl', 's'])",
          "pyautogui.click(x=0.5, y=0.5, clicks=2, button='right')", "computer.wait()"],
    "c": ["pyautogui.moveTo(x=0.1, y=0.1)", "pyautogui.keyDown('shift')\npyautogui.press('a')\npyautogui.keyUp('shift')",
          "pyautogui.click(x=0.25, y=0.75)"],
}


def colour(task, step):
    return bytes(("abc".index(task) * 60 + 40, step * 30 + 5, 99))


def png(colour):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    raw = (b"\0" + colour * 64) * 48
    header = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def task(name):
    steps = [{"index": i, "image": f"{name}{i}.png", "value": {"code": code, "thought": f"{name} {i}", "score": 1.50}}
             for i, code in enumerate(CODES[name])]
    return {"task_id": f"task {name}", "instruction": f"Do {name}", "task_completed": True, "traj": steps}


def write(folder):
    os.mkdir(f"{folder}/images")
    for name in CODES:
        with open(f"{folder}/{name}.jsonl", "w", encoding="utf-8") as file:
            file.write(json.dumps(task(name)) + "\n")
        for step in range(len(CODES[name])):
            with open(f"{folder}/images/{name}{step}.png", "wb") as file:
                file.write(png(colour(name, step)))
    # What she typed herself in the same app, at the same time.
    with open(f"{folder}/typed.jsonl", "w", encoding="utf-8") as file:
        for i, key in enumerate("herself"):
            file.write(json.dumps({"t": int(os.environ["BEGAN"]) + 700 * i, "kind": "keys", "app": "desk", "type": "press",
                                   "key": key, "source": "device"}) + "\n")


def shown(folder, data):
    """The one colour of a picture."""
    path = f"{folder}/shown.png"
    with open(path, "wb") as file:
        file.write(data)
    colours = {row[i:i + 3] for row, step in rows(path) for i in range(0, len(row), step)}
    assert len(colours) == 1, colours
    return colours.pop()


def members(path):
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def check(folder, samples, tasks):
    files = members(tasks)
    lines = [json.loads(line) for line in io.BytesIO(files["agentnet.jsonl"])]
    assert sorted(line["task_id"] for line in lines) == ["task a", "task b", "task c"], [x["task_id"] for x in lines]
    for line in lines:
        name = line["task_id"][-1]
        wanted = task(name)
        for i, step in enumerate(line["traj"]):
            assert shown(folder, files["images/" + step["image"]]) == colour(name, i), (name, i)
            step["image"] = f"{name}{i}.png"
        assert line == wanted, (line, wanted)

    files = members(samples)
    episodes = {}
    for name, data in files.items():
        if name.endswith(".json"):
            sample = json.loads(data)
            episodes.setdefault(sample["episode"], []).append((sample, files[name[:-5] + ".png"]))
    # Three tasks, and what she typed herself, which has no picture and none of the tasks' steps.
    assert len(episodes) == 4, len(episodes)
    instructions = []
    for steps in episodes.values():
        prompts = [sample["text"] for sample, _ in steps if sample["role"]]
        codes = [sample["action"]["code"] for sample, _ in steps if sample["action"]["code"]]
        if not prompts:
            assert codes == ["pyautogui.write(message='herself')"], codes
            continue
        name = prompts[0][-1]
        instructions += prompts
        assert steps[0][0]["text"] == f"Do {name}" and codes == CODES[name], (prompts, codes)
        colours = [shown(folder, picture) for sample, picture in steps[1:]]
        assert colours == [colour(name, i) for i in range(len(codes))], (name, colours)
    assert sorted(instructions) == ["Do a", "Do b", "Do c"], instructions
    print(f"{len(lines)} tasks, {sum(map(len, CODES.values()))} steps with their own instructions, codes and frames")


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    check(*sys.argv[2:])
