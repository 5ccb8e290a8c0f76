"""First sync of a calendar on a real Radicale, against vdirsyncer copying the same calendar to files.

    python -m benchmarks.first_sync [COUNT]

Prints wall time, CPU time and peak memory of both, the ratio, and an unchanged sync against one bare sync-collection request.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import sample
from tests.servers import PASSWORD, USER, CalDavServer, radicale

VDIRSYNCER = """[general]
status_path = "{folder}/status/"
[pair copy]
a = "remote"
b = "files"
collections = ["work"]
[storage remote]
type = "caldav"
url = "{url}"
username = "{user}"
password = "{password}"
[storage files]
type = "filesystem"
path = "{folder}/files/"
fileext = ".ics"
"""


def main(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name, radicale(Path(name) / "radicale", level="warning") as server:
        folder = Path(name)
        server.hand.timeout = None
        server.put(f"{server.home}work/", sample.calendar(count))
        server.hand.request("PROPFIND", f"{server.home}work/", headers={"Depth": "1"})  # both find the server's own caches warm
        ours = _metwith(folder, server)
        theirs = _vdirsyncer(folder, server)
    print(f"{count} events, first sync from Radicale")
    print(
        f"  metwith     {ours['wall']:6.1f} s wall  {ours['cpu']:6.1f} s CPU  {ours['peak_mb']:5.0f} MB peak  ({ours['kept']} occurrences kept)"
    )
    print(f"  vdirsyncer  {theirs['wall']:6.1f} s wall  {theirs['cpu']:6.1f} s CPU  {theirs['peak_mb']:5.0f} MB peak")
    print(f"  ratio       {ours['wall'] / theirs['wall']:6.2f} wall (goal 1.0)")
    print("nothing changed, median of 15 pairs")
    print(f"  metwith     {ours['unchanged'] * 1000:6.1f} ms   one sync-collection request {ours['request'] * 1000:6.1f} ms")
    print(f"  ratio       {ours['unchanged'] / ours['request']:6.2f} (goal 1.2)")


def _metwith(folder: Path, server: CalDavServer) -> dict[str, float]:
    environment = os.environ | {"METWITH_HOME": str(folder / "home"), "METWITH_ALLOW_PRIVATE_HOSTS": "1"}
    command = [sys.executable, "-m", "benchmarks.first_sync_worker", f"{server.url.rstrip('/')}{server.home}", USER, PASSWORD]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _vdirsyncer(folder: Path, server: CalDavServer) -> dict[str, float]:
    (folder / "config").write_text(VDIRSYNCER.format(folder=folder, url=server.url, user=USER, password=PASSWORD))
    command = [str(Path(sys.executable).with_name("vdirsyncer")), "-c", str(folder / "config")]
    subprocess.run([*command, "discover"], input="y\n" * 5, text=True, check=True, capture_output=True)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen([*command, "sync"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status:
        sys.exit("vdirsyncer failed")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024, "before": before.ru_utime}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
