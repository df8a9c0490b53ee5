"""How long commands take, by hyperfine."""
import json
import os
import subprocess
import sys


def works(name, command, output=None):
    """Whether the command succeeds, and prints `output` if one is given; says why not."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode == 0 and output in (None, result.stdout.strip()):
        return True
    lines = (result.stderr.strip() or result.stdout.strip() or "no message").splitlines()
    print(f"not measured: {name}: exit status {result.returncode}: {lines[-1]}")
    return False


def hyperfine(commands, work, runs, rest):
    """The median of each command in milliseconds, by hyperfine."""
    out = os.path.join(work, "hyperfine.json")
    command = ["hyperfine", "-N", "--style", "none", "--warmup", "2", "--runs", str(runs), "--export-json", out]
    if rest:
        command += ["--prepare", "sleep 0.2"]
    for name, argv in commands.items():
        command += ["--command-name", name, " ".join(argv)]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"bench: hyperfine failed: {result.stderr.strip()}")
    with open(out, encoding="utf-8") as file:
        return {result["command"]: result["median"] * 1000 for result in json.load(file)["results"]}
