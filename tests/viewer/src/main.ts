// The TypeScript client without a browser, driven by a test over standard input and output, one JSON object a line.
//
//   node main.js GATEWAY VIA SECRET      GATEWAY as host:port, VIA the port really dialled, SECRET of a one-use link; of two ports
//                                        with a comma between the second is another way to the same machine
//   node main.js ADDRESS [HEADERS [KEY]] of a page, perhaps with an invitation behind it; headers to send besides, as JSON; a file
//                                        with the device's key, made if it is not there
//   in:  { do: "start", command }  { do: "attach", session, mode?, delivery?, visible?, size? }  { do: "type" | "paste", text }
//        { do: "resize" | "take", size }  { do: "show", visible }  { do: "snapshot", history }  { do: "resend" }  { do: "leave" }
//   out: { at: "digits" | "paired" | "state" | "started" | "opened" | "output" | "snapshot" | "gap" | "resized" | "drives" | "clipboard" |
//          "exited" | "detached" | "unsent" | "failed", … }
//
// It takes output as fast as it comes. It ends when standard input does.

import { createInterface } from "node:readline";
import type {
  AttachMode,
  Attachment,
  Circuit,
  Delivery,
  RequestError,
  Size,
  Unsent,
  Viewer,
} from "@homie/client";
import { byAddress, byLink } from "./entering.ts";

interface Wish {
  readonly do:
    | "start"
    | "attach"
    | "type"
    | "paste"
    | "resize"
    | "take"
    | "show"
    | "snapshot"
    | "resend"
    | "leave";
  readonly command?: string[];
  readonly session?: string;
  readonly mode?: AttachMode;
  readonly text?: string;
  readonly delivery?: Delivery;
  readonly visible?: boolean;
  readonly size?: Size;
  readonly history?: number;
}

const SIZE = { cols: 80, rows: 24 };

/** Bytes of a large paste that are typed at once. */
const PIECE = 64 * 1024;
const words = process.argv.slice(2);
let attachment: Attachment | undefined;
let unsent: Unsent | undefined;

const circuit = await enter();
const wishes = createInterface({ input: process.stdin });
wishes.on("line", (line) => {
  fulfil(JSON.parse(line) as Wish).catch((error: unknown) =>
    tell("failed", { message: String(error), code: (error as Partial<RequestError>).code }),
  );
});
wishes.on("close", () => process.exit(0));

async function enter(): Promise<Circuit> {
  const [where = "", how = "", secret = ""] = words;
  const circuit = where.includes("://")
    ? await byAddress(where, JSON.parse(how || "{}") as Record<string, string>, secret, tell)
    : await byLink(where, how.split(",").map(Number), secret, tell);
  const { connection } = circuit;
  connection.subscribe(() => {
    const state = connection.getSnapshot();
    tell("state", {
      phase: state.phase,
      role: state.phase === "ready" ? state.peer.role : undefined,
      why: "why" in state ? state.why : undefined,
    });
  });
  return circuit;
}

async function fulfil(wish: Wish): Promise<void> {
  switch (wish.do) {
    case "start": {
      const { session } = await circuit.request("terminal.session.start", {
        command: wish.command ?? [],
        size: SIZE,
      });
      return tell("started", { session: session.id });
    }
    case "attach": {
      const { session = "", mode = "interactive", delivery, visible = true, size } = wish;
      attachment = circuit.attach({ session, mode, visible, delivery, size }, viewer());
      return;
    }
    case "type":
      if (attachment?.write(new TextEncoder().encode(wish.text)) !== true)
        throw new Error("nothing was taken");
      return;
    case "paste":
      return paste(new TextEncoder().encode(wish.text));
    case "resize":
      return attachment?.resize(wish.size ?? SIZE);
    case "take":
      return attachment?.take(wish.size ?? SIZE);
    case "show":
      return attachment?.setVisible(wish.visible === true);
    case "snapshot": {
      const refused = () => tell("failed", { message: "no snapshot comes" });
      if (attachment?.askSnapshot(wish.history ?? 0, refused) !== true) refused();
      return;
    }
    case "resend":
      if (unsent?.resend() !== true) throw new Error("nothing was sent again");
      return;
    case "leave":
      attachment?.detach();
      return circuit.close();
  }
}

/** A piece is taken once those before it have been applied. */
async function paste(bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const piece = bytes.slice(from, from + PIECE);
    if (attachment?.write(piece) === true) from += piece.length;
    else await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function viewer(): Viewer {
  return {
    onOpened: (opened) => tell("opened", opened),
    onOutput: (bytes, offset, done) => {
      tell("output", { offset, bytes: Buffer.from(bytes).toString("base64") });
      done();
    },
    onSnapshot: ({ offset, isSkip, pieces }, done) => {
      tell("snapshot", { offset, isSkip, bytes: Buffer.concat(pieces).toString("base64") });
      done();
    },
    onGap: (gap) => tell("gap", gap),
    onResized: (size) => tell("resized", size),
    onDrives: (drives) => tell("drives", { drives }),
    onClipboard: (text) => tell("clipboard", { bytes: Buffer.from(text).toString("base64") }),
    onExited: (status) => tell("exited", status),
    onDetached: (reason) => tell("detached", reason),
    onUnsent: (given) => {
      unsent = given;
      tell("unsent", { bytes: Buffer.from(given.bytes).toString("base64") });
    },
  };
}

function tell(at: string, what: object): void {
  process.stdout.write(`${JSON.stringify({ at, ...what })}\n`);
}
