# Runs each scene of scenes.py on a terminal of each size, and writes its bytes and a line of the index.

import gzip
import json
import pathlib
import sys

from home import home
from scenes import SCENES
from terminal import Recording, Terminal

FOLDER = pathlib.Path("homie-screen/recordings")
SIZES = [(80, 24), (200, 50)]
RAW_MAX = 1 << 20


def main(wanted):
    index_path = FOLDER / "index.json"
    index = {entry["name"]: entry for entry in json.loads(index_path.read_text())} if index_path.exists() else {}
    for name, scene in SCENES.items():
        if not wanted or name in wanted:
            for size in scene.get("sizes", SIZES):
                entry = record(name, scene, size)
                index[entry["name"]] = entry
    lines = [json.dumps(index[name]) for name in sorted(index)]
    index_path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def record(name, scene, size):
    cols, rows = size
    with home() as place:
        terminal = Terminal(scene["run"], place, cols, rows)
        recording = terminal.play(scene["steps"])
    save(f"{name}-{cols}x{rows}", recording)
    return {
        "name": f"{name}-{cols}x{rows}",
        "cols": cols,
        "rows": rows,
        "bytes": len(recording.output),
        "resizes": [{"at": at, "cols": cols, "rows": rows} for at, cols, rows in recording.resizes],
        "made": f"{scene['run']}: {scene['what']}",
    }


def save(name, recording: Recording):
    recording.output = recording.output[:RAW_MAX]
    packed = gzip.compress(bytes(recording.output), 9, mtime=0)
    (FOLDER / f"{name}.gz").write_bytes(packed)
    print(f"{name}: {len(recording.output)} bytes, {len(packed)} packed", flush=True)


FOLDER.mkdir(parents=True, exist_ok=True)
main(sys.argv[1:])
