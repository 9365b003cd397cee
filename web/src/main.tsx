// The page's beginning: pair first if the address invites to it, then open the way home and show it; say in words what
// stands in the way.

import "@homie/terminal/styles.css";
import "./styles.css";
import "./panel.css";
import "./pairing.css";
import "./devices.css";
import "./machines.css";
import "./player.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { Message } from "./app/Message.tsx";
import { takeArrival } from "./browser/link.ts";
import { openHome } from "./home.ts";
import { PairScreen } from "./pairing/PairScreen.tsx";
import { openSelf, type Self } from "./self.ts";

const element = document.getElementById("root");
if (element === null) throw new Error("index.html has no #root");
const root = createRoot(element);

async function start(): Promise<void> {
  const arrival = takeArrival(window.location, window.history);
  const self = await openSelf(window);
  if (arrival === undefined || arrival.kind === "link") return showHome(self, arrival?.secret);
  const goOn = () => void showHome(self, undefined).catch(complain);
  root.render(<PairScreen self={self} arrival={arrival} onDone={goOn} onLeave={goOn} />);
}

async function showHome(self: Self, secret: string | undefined): Promise<void> {
  const home = await openHome(window, self, secret);
  root.render(<App home={home} />);
}

function complain(error: unknown): void {
  root.render(
    <Message title="This page cannot start">
      <p>{error instanceof Error ? error.message : String(error)}</p>
    </Message>,
  );
}

start().catch(complain);
