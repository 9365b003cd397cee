// Real processes for a test: a state directory of its own, `homie up` or node and gateway apart, and the links they print.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";

const BINARY = process.env["HOMIE_BIN"] ?? resolve(import.meta.dirname, "../../target/debug/homie");
const LINK = /http:\/\/\S+#link=[a-z2-7]{26}/;
const LIMIT = 60_000;

/** A process of the binary, and the lines it has printed. */
export class Process {
  readonly #lines: string[] = [];
  #onLine: () => void = () => {};

  private constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#lines.push(line);
        this.#onLine();
      });
    }
  }

  static start(home: string, args: string[]): Process {
    // Shells start as on a machine where nobody has set up anything: what a person's own files do takes as long as it likes, and
    // one that is killed in the middle of it may leave them broken.
    const env = { ...process.env, HOMIE_HOME: home, HOME: home, SHELL: "/bin/bash" };
    return new Process(spawn(BINARY, args, { env, stdio: ["ignore", "pipe", "pipe"] }));
  }

  /** The first match in what the process prints, now or later. */
  async line(pattern: RegExp): Promise<string> {
    const look = () =>
      this.#lines.map((line) => pattern.exec(line)?.[0]).find((match) => match !== undefined);
    return new Promise((found, missed) => {
      const timer = setTimeout(
        () => missed(new Error(`no ${pattern} in:\n${this.#lines.join("\n")}`)),
        LIMIT,
      );
      this.#onLine = () => {
        const match = look();
        if (match === undefined) return;
        clearTimeout(timer);
        found(match);
      };
      this.#onLine();
    });
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }
}

/** One Homie in a folder of its own. */
export class Homie {
  readonly home = mkdtempSync(join(tmpdir(), "homie-"));
  readonly #running = new Set<Process>();

  start(...args: string[]): Process {
    const started = Process.start(this.home, args);
    this.#running.add(started);
    return started;
  }

  /** `homie up`, and the link it prints. */
  async up(port = 0): Promise<{ up: Process; link: string; port: number }> {
    const up = this.start("up", "--port", String(port));
    const link = await up.line(LINK);
    return { up, link, port: Number(new URL(link).port) };
  }

  /** Another link. */
  pair(): string {
    const env = { ...process.env, HOMIE_HOME: this.home };
    const link = LINK.exec(execFileSync(BINARY, ["pair", "--here"], { env, encoding: "utf8" }))?.[0];
    if (link === undefined) throw new Error("homie pair --here printed no link");
    return link;
  }

  /** Runs a command to its end. */
  run(...args: string[]): void {
    execFileSync(BINARY, args, { env: { ...process.env, HOMIE_HOME: this.home } });
  }

  /** Puts a machine into the roster, as it would say itself that it is there. */
  addMachine(name: string, origin: string): void {
    const program = join(dirname(BINARY), "examples/add_machine");
    execFileSync(program, [name, origin], { env: { ...process.env, HOMIE_HOME: this.home } });
  }

  /** The ids of the sessions that have a holder. */
  sessions(): string[] {
    return readdirSync(join(this.home, "holders"));
  }

  /** The pids of the sessions' programs, as their holders wrote them down. */
  shells(): number[] {
    return this.#records().map(({ pid }) => pid);
  }

  /** Ends everything that was started here, the shells and their holders too. */
  async end(): Promise<void> {
    for (const started of this.#running) await started.kill("SIGKILL");
    for (const { pid, holder } of this.#records()) [pid, holder].forEach(end);
    rmSync(this.home, { recursive: true, force: true });
  }

  #records(): Record[] {
    const holders = join(this.home, "holders");
    if (!existsSync(holders)) return [];
    return readdirSync(holders).map(
      (session) => JSON.parse(readFileSync(join(holders, session, "spec.json"), "utf8")) as Record,
    );
  }
}

/** What a holder writes down of itself, as far as tests need it. */
interface Record {
  readonly pid: number;
  readonly holder: number;
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
