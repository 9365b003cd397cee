// The page's beginning: open the way home, then show it; say in words what stands in the way.

import "@homie/terminal/styles.css";
import "./styles.css";
import "./panel.css";
import "./player.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { Message } from "./app/Message.tsx";
import { openHome } from "./home.ts";

const element = document.getElementById("root");
if (element === null) throw new Error("index.html has no #root");
const root = createRoot(element);

openHome(window).then(
  (home) => root.render(<App home={home} />),
  (error: unknown) =>
    root.render(
      <Message title="This page cannot start">
        <p>{error instanceof Error ? error.message : String(error)}</p>
      </Message>,
    ),
);
