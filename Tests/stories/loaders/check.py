"""Records for the story `loaders`, and what the loaders make of its streams.

check.py record FOLDER   writes talk.jsonl, of prompts and a terminal, and tasks.jsonl with pictures, of two days ago
check.py read FOLDER     reads the streams there and prints one line
"""
import io
import json
import os
import sys
import tarfile
import time

folder = sys.argv[2]
os.environ.update(HF_HOME=f"{folder}/hf", HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

import numpy  # noqa: E402
from PIL import Image  # noqa: E402


def record():
    day = (int(time.time()) // 86400 - 2) * 86_400_000
    with open(f"{folder}/talk.jsonl", "w", encoding="utf-8") as file:
        for i in range(40):
            line = {"t": day + 3_600_000 + 60_000 * i, "app": "editor"}
            if i % 2:
                line |= {"kind": "terminal", "type": "output", "text": f"line {i}: " + "x" * 4000}
            else:
                line |= {"kind": "prompt", "role": "user", "text": f"question {i} " + "y" * 4000}
            file.write(json.dumps(line) + "\n")
    os.mkdir(f"{folder}/images")
    codes = ["pyautogui.click(x=0.5, y=0.25)", "pyautogui.write('hello')", "WAIT", "pyautogui.scroll(-3)",
             "pyautogui.dragTo(0.9, 0.9, button='left')", "pyautogui.hotkey('ctrl', 's')"]
    with open(f"{folder}/tasks.jsonl", "w", encoding="utf-8") as file:
        for task in range(2):
            steps = []
            for number, code in enumerate(codes):
                name = f"{task}-{number}.png"
                y, x = numpy.mgrid[0:200, 0:320]
                pixels = numpy.stack([x * 255 // 319, y * 255 // 199, (x * 0 + 20 * number + 100 * task)], 2)
                Image.fromarray(pixels.astype("uint8")).save(f"{folder}/images/{name}")
                steps.append({"index": number, "image": name, "value": {"code": code}})
            file.write(json.dumps({"task_id": str(task), "instruction": f"do {task}", "traj": steps}) + "\n")


def members(name):
    """The files of a tar by key and ending, without the manifest."""
    samples = {}
    with tarfile.open(f"{folder}/{name}") as tar:
        for member in tar:
            if not member.name.startswith("__"):
                key, ending = member.name.split(".")
                samples.setdefault(key, {})[ending] = tar.extractfile(member).read()
    return samples


def pixels(data):
    return numpy.load(io.BytesIO(data)) if data[:6] == b"\x93NUMPY" else numpy.asarray(Image.open(io.BytesIO(data)))


def raises(body):
    try:
        body()
    except Exception:
        return True
    return False


def images():
    png, count = members("png.tar"), 0
    for name, ending in (("webp.tar", "webp"), ("raw.tar", "npy"), ("jpeg.tar", "jpg"), ("half.tar", "webp")):
        other = members(name)
        assert other.keys() == png.keys(), name
        for key, files in other.items():
            assert set(files) == {ending, "json"} and files["json"][:200] == png[key]["json"][:200], (name, key)
            wanted, found = pixels(png[key]["png"]).astype(int), pixels(files[ending]).astype(int)
            if name == "half.tar" and wanted.shape[0] > 1:
                wanted = wanted.reshape(100, 2, 160, 2, 3).mean((1, 3))
            assert wanted.shape == found.shape, (name, key, found.shape)
            allowed = {"webp.tar": 0, "raw.tar": 0, "jpeg.tar": 16, "half.tar": 1}[name]
            assert numpy.abs(wanted - found).max() <= allowed, (name, key, numpy.abs(wanted - found).max())
            count += wanted.shape[0] > 1
    assert count == 4 * 12, count
    assert all(set(files) == {"json"} for files in members("none.tar").values())
    assert {json.loads(files["json"])["app"] for files in members("desk.tar").values()} == {"desk"}
    return len(png)


def webdatasets(count):
    import datasets
    import webdataset

    def read(name, **options):
        return webdataset.WebDataset(f"{folder}/{name}", shardshuffle=False, **options)

    rows = list(read("png.tar").decode("rgb8").to_tuple("png", "json"))
    assert len(rows) == count and all(image.ndim == 3 and sample["schema"] == "coffer.sample.v1" for image, sample in rows)
    assert len(list(read("raw.tar").decode().to_tuple("npy", "json"))) == count
    assert not list(read("empty.tar", empty_check=False))
    assert [json.loads(s["json"])["schema"] for s in read("row.tar")] == ["coffer.manifest.v1"]

    def load(*names):
        return datasets.load_dataset("webdataset", data_files=[f"{folder}/{n}" for n in names], split="train")

    table = load("png.tar", "empty.tar")
    assert len(table) == count and table.column_names[:2] == ["png", "json"]
    assert sum(row["png"].size == (320, 200) for row in table) == 12
    assert table.features["json"]["screen"] == {"w": datasets.Value("int64"), "h": datasets.Value("int64")}
    assert len(load("row.tar", "png.tar")) == count + 1


def lines(count):
    import datasets
    import pandas
    import pyarrow.json

    path = f"{folder}/lines.jsonl"
    # Small pieces: the first ones have prompts only, and no image.
    table = datasets.load_dataset("json", data_files=path, split="train", chunksize=16 << 10)
    assert len(table) == count + 1 and table[count]["schema"] == "coffer.manifest.v1"
    assert table.features["events"].feature["x"] == datasets.Value("float64")
    block = pyarrow.json.ReadOptions(block_size=2 * max(map(len, open(path, "rb"))))
    types = {str(f.name): str(f.type) for f in pyarrow.json.read_json(path, read_options=block).schema}
    assert types["image"] == "string" and types["screen"] == "struct<w: int64, h: int64>", types
    frame = pandas.read_json(path, lines=True)
    steps = frame[frame.schema == "coffer.sample.v1"]
    assert len(steps) == count and not frame.isnull().values.any()
    manifest = json.loads(frame.text.iloc[-1])
    assert sum(day["samples"] for person in manifest["subjects"] for day in person["days"]) == count
    # Cut at any place, the row is not there. Spark reads such lines as rows with nulls, others fail.
    whole = open(path, "rb").read()
    for cut in (1, 40, 4000, len(whole) // 2):
        with open(f"{folder}/cut.jsonl", "wb") as file:
            file.write(whole[:-cut - 1])
        assert raises(lambda: [json.loads(line) for line in open(f"{folder}/cut.jsonl", "rb")])


if sys.argv[1] == "record":
    record()
else:
    samples = images()
    webdatasets(samples)
    lines(samples)
    print(f"{samples} samples, 12 with frames, one schema in WebDataset, Hugging Face, pandas and pyarrow")
