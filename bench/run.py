"""Measures Bursar, each figure beside its limit in the same run, and prints a table.

    run.py --programs BUILD/bench --bursar BUILD/app/bursar [--only NAME …] [--write]

--write puts the table into README.md beside this file. TMPDIR says which disk is measured.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SECRET = "whsec_" + "be" * 20
TEMPLATE = os.path.join(HERE, "charge_succeeded.json")
CONNECTIONS = 32
ORGANIZATIONS = 10_000
WEBHOOKS = 40_000
SUBSCRIPTIONS = 100_000
ROUNDS = 9
TURNS = 5  # where two are compared
SHORT_TURNS = 15  # where a turn takes a second: what else the machine does changes by then
REACHED, MISSED = "yes", "**no**"


class Bench:
    def __init__(self, arguments):
        self.programs = arguments.programs
        self.bursar = arguments.bursar
        self.rows = []

    def program(self, name, *arguments):
        """The last line of what it prints, as JSON."""
        done = subprocess.run([os.path.join(self.programs, name), *map(str, arguments)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{name} {arguments[0]}: {done.stderr.strip()}")
        return json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else None

    def row(self, what, figure, limit, limit_is, ratio, goal, reached):
        self.rows.append((what, figure, limit_is, limit, ratio, goal,
                          REACHED if reached else MISSED))
        print("  " + " · ".join(str(x) for x in self.rows[-1]), flush=True)

    def load(self, kind, port, requests, first, key, organizations=ORGANIZATIONS, expect="200",
             rate=0):
        got = self.program("http_load", kind, port, requests, CONNECTIONS, organizations, first,
                           key, TEMPLATE, rate)
        if set(got["statuses"]) != {expect}:
            sys.exit(f"{kind}: answers other than {expect}: {got['statuses']}")
        return got


class Server:
    """`bursar serve` on a directory, with limits that do not limit a benchmark."""

    def __init__(self, bench, directory, *more):
        self.environment = {k: v for k, v in os.environ.items()
                            if not k.startswith(("BURSAR_", "STRIPE_"))} | {
            "STRIPE_WEBHOOK_SECRET": SECRET, "BURSAR_STRIPE_ACCOUNT": "acct_bench",
            "BURSAR_ADMIN_LISTEN": "127.0.0.1:0", "BURSAR_LIMITS_WEBHOOKS_PER_SECOND": "1000000",
            "BURSAR_LIMITS_REQUESTS_PER_SECOND": "1000000",
            "BURSAR_LIMITS_REQUESTS_BURST": "1000000", "BURSAR_LOG_LEVEL": "warning"}
        made = subprocess.run([bench.bursar, "keys", "create", "--data", directory, "--role",
                               "platform_admin"], env=self.environment, capture_output=True,
                              text=True, check=True)
        self.key = made.stdout.strip()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        start = time.monotonic()
        self.process = subprocess.Popen([bench.bursar, "serve", "--data", directory, "--listen",
                                         f"127.0.0.1:{self.port}", *more], env=self.environment)
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready"):
                    break
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("bursar serve ended")
                time.sleep(0.005)
        self.seconds_to_ready = time.monotonic() - start

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class Limit:
    """A server that does only the least, on a port of its own."""

    def __init__(self, bench, *arguments):
        self.process = subprocess.Popen([os.path.join(bench.programs, "limit_server"), *arguments],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()


def processor_seconds():
    with open("/proc/stat", encoding="ascii") as file:
        figures = [int(x) for x in file.readline().split()[1:]]
    return figures[3] + figures[4], sum(figures)


def settle(most=20):
    """Waits until what the last run left to the background is done: less than a tenth busy."""
    deadline = time.monotonic() + most
    while time.monotonic() < deadline:
        idle, total = processor_seconds()
        time.sleep(1)
        idle_after, total_after = processor_seconds()
        if idle_after - idle > 0.9 * (total_after - total):
            return


def webhooks(bench, scratch):
    """In turns, so that a machine that gets slower gets slower for all three: the ratios are
    medians over the turns."""
    server = Server(bench, os.path.join(scratch, "bursar"))
    bench.load("create", server.port, ORGANIZATIONS, 0, server.key, expect="201")
    bare = Limit(bench, "bare")
    minimal = Limit(bench, "minimal", os.path.join(scratch, "minimal"), SECRET)
    figures = {"bursar": [], "bare": [], "minimal": []}
    for turn in range(ROUNDS):
        for name, port in (("bare", bare.port), ("minimal", minimal.port),
                           ("bursar", server.port)):
            settle()
            figures[name].append(bench.load("webhook", port, WEBHOOKS, turn * WEBHOOKS, SECRET))
            print(f"  {name}: {figures[name][-1]}", flush=True)
    for one in (server, bare, minimal):
        one.stop()
    rate = {k: statistics.median(x["per_second"] for x in v) for k, v in figures.items()}
    p99 = statistics.median(x["p99_us"] for x in figures["bursar"]) / 1000
    size = figures["bursar"][0]["bytes"]
    what = f"webhooks of {size} bytes, durable before 200 (p99 {p99:.1f} ms)"
    beside = {k: statistics.median(b["per_second"] / x["per_second"]
                                   for b, x in zip(figures["bursar"], v))
              for k, v in figures.items()}
    bench.row(what, f"{rate['bursar']:,.0f}/s", f"{rate['minimal']:,.0f}/s",
              "minimal server: verify, group fsync, answer", f"{beside['minimal']:.2f}", "≥ 0.6",
              beside["minimal"] >= 0.6)
    bench.row(what, f"{rate['bursar']:,.0f}/s", f"{rate['bare']:,.0f}/s",
              "bare Beast: read, answer", f"{beside['bare']:.2f}", "", True)


def hot(bench, scratch):
    got = bench.program("node_bench", "hot", os.path.join(scratch, "hot"))
    bench.row("commands of one organization", f"{got['per_second']:,.0f}/s", "10,000/s", "goal",
              f"{got['per_second'] / 10_000:.1f}", "≥ 1", got["per_second"] >= 10_000)
    server = Server(bench, os.path.join(scratch, "hot-http"))
    bench.load("create", server.port, 1, 0, server.key, 1, expect="201")
    over = bench.load("patch", server.port, 50_000, 0, server.key, 1)
    server.stop()
    bench.row("the same over HTTP, 32 connections", f"{over['per_second']:,.0f}/s", "10,000/s",
              "goal", f"{over['per_second'] / 10_000:.1f}", "≥ 1", over["per_second"] >= 10_000)


def replay(bench, _):
    done = subprocess.run([os.path.join(bench.programs, "journal_bench"),
                           "--benchmark_filter=read_and_.*", "--benchmark_repetitions=21",
                           "--benchmark_min_time=0.1", "--benchmark_format=json",
                           "--benchmark_enable_random_interleaving"],
                          capture_output=True, text=True, check=True)
    rates = {x["run_name"]: x["items_per_second"]
             for x in json.loads(done.stdout)["benchmarks"] if x.get("aggregate_name") == "median"}
    ratio = rates["read_and_verify"] / rates["read_and_hash_only"]
    bench.row("replay with verification", f"{rates['read_and_verify']:,.0f} events/s",
              f"{rates['read_and_hash_only']:,.0f} events/s", "a loop that reads and hashes",
              f"{ratio:.2f}", "≥ 0.8", ratio >= 0.8)


def million(bench, scratch):
    directory = os.path.join(scratch, "million")
    bench.program("node_bench", "fill", directory)
    got = bench.program("node_bench", "wake", directory)
    bench.row("waking an organization of 1,000 events, p99", f"{got['p99_ms']:.2f} ms", "2 ms",
              "goal", f"{got['p99_ms'] / 2:.2f}", "≤ 1", got["p99_ms"] <= 2)
    server = Server(bench, directory)
    server.stop()
    took = server.seconds_to_ready
    bench.row("ready with 1,000,000 events", f"{took:.2f} s", "2 s", "goal", f"{took / 2:.2f}",
              "≤ 1", took <= 2)


def memory(bench, scratch):
    got = bench.program("node_bench", "memory", os.path.join(scratch, "memory"))
    beyond = got["bytes_per_awake"] - got["state_json_bytes"]
    bench.row(f"memory of an awake organization beyond its data ({got['state_json_bytes']:.0f} "
              "bytes of JSON)", f"{beyond:,.0f} bytes", "8,192 bytes", "goal",
              f"{beyond / 8192:.2f}", "≤ 1", beyond <= 8192)
    bench.row("memory of a sleeping organization", f"{got['bytes_per_sleeping']:.1f} bytes",
              "0 bytes", "goal", "", "0", got["bytes_per_sleeping"] < 16)


def billing(bench, scratch):
    limit = bench.program("billing_bench", "decide", scratch, SUBSCRIPTIONS)
    got = bench.program("billing_bench", "run", os.path.join(scratch, "billing"), SUBSCRIPTIONS)
    rate, most = got["invoices_per_second"], limit["invoices_per_second"]
    cores = os.cpu_count()
    bench.row(f"invoice run over {SUBSCRIPTIONS:,} subscriptions, durable",
              f"{rate:,.0f}/s, {rate / cores:,.0f}/s per core", f"{most:,.0f}/s",
              "the same decided on one core, without disk", f"{rate / most:.2f}", "", True)
    bench.row(f"upgrade with proration, durable (preview p99 {got['preview_p99_ms']:.2f} ms)",
              f"{got['upgrades_per_second']:,.0f}/s", f"{most:,.0f}/s",
              "an invoice decided on one core, without disk",
              f"{got['upgrades_per_second'] / most:.2f}", "", True)


def half_load(bench, kind, port, first, key, organizations, rate):
    """What callers wait at half the load, which lasts some five seconds."""
    got = bench.load(kind, port, int(rate / 2 * 5), first, key, organizations, rate=int(rate / 2))
    return f"at half load p50 {got['p50_us'] / 1000:.2f} ms, p99 {got['p99_us'] / 1000:.2f} ms"


def beside_bare(bench, kind, server, requests, first, organizations, turns=TURNS):
    """The medians of both, in turns, and of their ratio."""
    bare = Limit(bench, "bare")
    figures, most = [], []
    for turn in range(turns):
        settle()
        most.append(bench.load(kind, bare.port, requests, 0, server.key,
                               organizations)["per_second"])
        settle()
        figures.append(bench.load(kind, server.port, requests, first + turn * requests, server.key,
                                  organizations)["per_second"])
        print(f"  bare: {most[-1]}, bursar: {figures[-1]}", flush=True)
    bare.stop()
    return (statistics.median(figures), statistics.median(most),
            statistics.median(x / y for x, y in zip(figures, most)))


def credit(bench, scratch):
    server = Server(bench, os.path.join(scratch, "credits"))
    bench.load("create", server.port, ORGANIZATIONS, 0, server.key, expect="201")
    bench.load("grant", server.port, ORGANIZATIONS, 0, server.key, expect="201")
    first = 0
    for organizations, what in ((ORGANIZATIONS, f"of {ORGANIZATIONS:,} organizations"),
                                (1, "of one organization")):
        rate, most, ratio = beside_bare(bench, "consume", server, 50_000, first, organizations)
        first += 50_000 * TURNS
        waits = half_load(bench, "consume", server.port, first, server.key, organizations, rate)
        first += int(rate * 5)
        bench.row(f"credits consumed over HTTP {what}, durable ({waits})", f"{rate:,.0f}/s",
                  f"{most:,.0f}/s", "bare Beast: read, answer", f"{ratio:.2f}", "≥ 10,000/s",
                  rate >= 10_000)
    server.stop()


def access(bench, scratch):
    for threads in (1, 2):
        access_on(bench, os.path.join(scratch, f"access{threads}"), threads)


def access_on(bench, directory, threads):
    server = Server(bench, directory, "--set", f"server.io_threads={threads}")
    plan = {"id": "bench", "name": "Bench", "provider": "native",
            "prices": [{"currency": "usd", "amount": 0}],
            "features": {"api_calls": 1000, "messages": 50, "agents": -1, "sso": True}}
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/v1/plans", json.dumps(plan).encode(),
        {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json",
         "Idempotency-Key": "plan"})
    urllib.request.urlopen(request).close()
    bench.load("create", server.port, ORGANIZATIONS, 0, server.key, expect="201")
    bench.load("subscribe", server.port, ORGANIZATIONS, 0, server.key, expect="201")
    rate, most, ratio = beside_bare(bench, "access", server, 100_000, 0, ORGANIZATIONS,
                                    SHORT_TURNS)
    waits = half_load(bench, "access", server.port, 0, server.key, ORGANIZATIONS, rate)
    server.stop()
    bench.row(f"access checks over HTTP, server.io_threads = {threads} ({waits})",
              f"{rate:,.0f}/s", f"{most:,.0f}/s", "bare Beast: read, answer", f"{ratio:.2f}",
              "≥ 0.7", ratio >= 0.7)


def usage(bench, scratch):
    server = Server(bench, os.path.join(scratch, "usage"))
    organizations = 1_000
    bench.load("create", server.port, organizations, 0, server.key, organizations, expect="201")
    rate, most, ratio = beside_bare(bench, "usage", server, 400, 0, organizations)
    waits = half_load(bench, "usage", server.port, 400 * TURNS, server.key, organizations, rate)
    server.stop()
    bench.row(f"usage events in batches of 1,000, durable ({waits})", f"{rate * 1000:,.0f}/s",
              f"{most * 1000:,.0f}/s", "bare Beast: read, answer", f"{ratio:.2f}", "≥ 100,000/s",
              rate * 1000 >= 100_000)


ALL = {"webhooks": webhooks, "hot": hot, "replay": replay, "million": million, "memory": memory,
       "billing": billing, "credits": credit, "access": access, "usage": usage}


def table(rows):
    lines = ["| What | Figure | Limit | Limit's figure | Ratio | Goal | Reached |",
             "|---|---|---|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def write(text):
    """Between the two marks of README.md."""
    path = os.path.join(HERE, "README.md")
    with open(path, encoding="utf-8") as file:
        before, _, rest = file.read().partition("<!-- figures -->\n")
    after = rest.partition("<!-- end of figures -->")[2]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}<!-- figures -->\n{text}\n<!-- end of figures -->{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", required=True)
    parser.add_argument("--bursar", required=True)
    parser.add_argument("--only", nargs="*", choices=ALL, default=list(ALL))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    scratch = tempfile.mkdtemp(prefix="bursar-bench-")
    try:
        for name in arguments.only:
            print(name, flush=True)
            ALL[name](bench, scratch)
    finally:
        shutil.rmtree(scratch)
    text = table(bench.rows)
    print("\n" + text)
    if arguments.write:
        write(text)


if __name__ == "__main__":
    main()
