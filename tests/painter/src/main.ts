// Paints with a headless xterm.js what it is told, and says what it then is: a line of JSON in, a line of JSON out.
//
// `{"name", "bytes"}` names a stream (base64), which is answered with `{}`; `{"cols", "rows", "steps"}` is a job, answered with `{"dumps": […]}`.
// What cannot be done is answered with `{"error"}`.

import { createInterface } from "node:readline";
import { charsetNames } from "./charsets.ts";
import { type Job, run } from "./jobs.ts";

type Request = Job | { name: string; bytes: string };

const streams = new Map<string, Uint8Array>();
const nameOf = await charsetNames();

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}

async function answer(line: string): Promise<object> {
  try {
    const request: Request = JSON.parse(line);
    if ("steps" in request) return { dumps: await run(request, streams, nameOf) };
    streams.set(request.name, Buffer.from(request.bytes, "base64"));
    return {};
  } catch (error) {
    return { error: String(error) };
  }
}
