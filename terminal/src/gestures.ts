// What fingers and wheel ask of the terminal as a whole: zoom by a pinch or Ctrl and the wheel, pan by dragging (a finger,
// the middle button, or Ctrl and the mouse), and looking for older lines. What is not taken here goes on to xterm.js.

import type { IDisposable } from "@xterm/xterm";

export interface GestureEvents {
  canZoom(): boolean;
  canPan(): boolean;
  /** Around a point of the element. */
  zoom(factor: number, x: number, y: number): void;
  pan(dx: number, dy: number): void;
  /** The person looks for what is above. */
  reach(): void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** How far the wheel turns for a zoom of about a tenth. */
const WHEEL_ZOOM = 1 / 600;

export function watchGestures(element: HTMLElement, events: GestureEvents): IDisposable {
  const listeners = new AbortController();
  const options = { capture: true, passive: false, signal: listeners.signal };
  watchWheel(element, events, options);
  watchTouch(element, events, options);
  watchMouse(element, events, options);
  element.addEventListener(
    "keydown",
    ({ key, shiftKey }) => {
      if (shiftKey && (key === "PageUp" || key === "Home")) events.reach();
    },
    options,
  );
  return { dispose: () => listeners.abort() };
}

function watchWheel(element: HTMLElement, events: GestureEvents, options: AddEventListenerOptions): void {
  const onWheel = (event: WheelEvent) => {
    if (event.ctrlKey && events.canZoom()) {
      take(event);
      const { x, y } = within(element, event.clientX, event.clientY);
      events.zoom(Math.exp(-event.deltaY * WHEEL_ZOOM), x, y);
    } else if (event.deltaY < 0) events.reach();
  };
  element.addEventListener("wheel", onWheel, options);
}

function watchTouch(element: HTMLElement, events: GestureEvents, options: AddEventListenerOptions): void {
  let last: Point[] = [];
  const onStart = (event: TouchEvent) => {
    last = pointsOf(element, event);
    if (isOurs(event)) event.stopPropagation();
  };
  const onMove = (event: TouchEvent) => {
    const now = pointsOf(element, event);
    if (isOurs(event) && now.length === last.length) {
      take(event);
      moved(events, last, now);
    } else if (middle(now).y > middle(last).y) events.reach();
    last = now;
  };
  const isOurs = ({ touches }: TouchEvent) =>
    touches.length === 2 ? events.canZoom() : touches.length === 1 && events.canPan();
  element.addEventListener("touchstart", onStart, options);
  element.addEventListener("touchmove", onMove, options);
}

/** Two fingers zoom around their middle, and pan with it; one pans. */
function moved(events: GestureEvents, last: readonly Point[], now: readonly Point[]): void {
  const [from, to] = [middle(last), middle(now)];
  if (now.length === 2) {
    const factor = spread(now) / Math.max(spread(last), 1);
    events.zoom(factor, to.x, to.y);
  }
  events.pan(to.x - from.x, to.y - from.y);
}

function watchMouse(element: HTMLElement, events: GestureEvents, options: AddEventListenerOptions): void {
  let last: Point | undefined;
  const onDown = (event: MouseEvent) => {
    const isPan = event.button === 1 || (event.button === 0 && event.ctrlKey);
    if (!isPan || !events.canPan()) return;
    take(event);
    last = { x: event.clientX, y: event.clientY };
  };
  const onMove = (event: MouseEvent) => {
    if (last === undefined) return;
    take(event);
    events.pan(event.clientX - last.x, event.clientY - last.y);
    last = { x: event.clientX, y: event.clientY };
  };
  const onUp = (event: MouseEvent) => {
    if (last !== undefined) take(event);
    last = undefined;
  };
  element.addEventListener("mousedown", onDown, options);
  window.addEventListener("mousemove", onMove, options);
  window.addEventListener("mouseup", onUp, options);
}

function take(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

function pointsOf(element: HTMLElement, { touches }: TouchEvent): Point[] {
  return Array.from(touches, ({ clientX, clientY }) => within(element, clientX, clientY));
}

function within(element: HTMLElement, clientX: number, clientY: number): Point {
  const { left, top } = element.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

function middle(points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 });
  const count = Math.max(points.length, 1);
  return { x: sum.x / count, y: sum.y / count };
}

function spread([first, second]: readonly Point[]): number {
  if (first === undefined || second === undefined) return 0;
  return Math.hypot(first.x - second.x, first.y - second.y);
}
