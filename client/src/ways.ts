// Which ways lead to which machine: its own addresses, and the gateways of the others with one of them in between. They are
// learnt from the list of machines and kept, so that a gateway that is gone takes nothing with it but itself.

import type { MachineInfo } from "./generated/types.ts";
import type { Storage } from "./platform.ts";
import type { Way } from "./route.ts";

/** Ways of one round: with them all gone, a person waits no longer than a patient one would. */
const WAYS_MAX = 8;
/** Addresses of one machine that are tried. */
const ADDRESSES_MAX = 2;
/** Machines that are kept over a restart. */
const KEPT_MAX = 64;
const KEPT = "homie.gateways";

export interface Home {
  /** `ws(s)://host` of the gateway that is known beforehand: a page's own. */
  readonly server: string;
  /** The id of its machine. */
  readonly machine: string;
}

/** What is known of a machine. */
interface Place {
  readonly id: string;
  /** `wss://host`. */
  readonly servers: readonly string[];
  readonly isUp: boolean;
}

export class Ways {
  #places: readonly Place[] = [];
  /** The server over which all machines were told of last. */
  #last: string;

  private constructor(
    private readonly storage: Storage,
    private readonly home: Home,
    private readonly isRoaming: boolean,
  ) {
    this.#last = home.server;
  }

  /** `isRoaming`: other machines let this program in. They do not know a page whose address is a loopback one. */
  static async open(storage: Storage, home: Home, isRoaming: boolean): Promise<Ways> {
    const ways = new Ways(storage, home, isRoaming);
    if (isRoaming) ways.#places = placesOf((await storage.get(KEPT)) ?? "");
    return ways;
  }

  /** To a gateway, whichever: they all tell the same. */
  toGateway(): readonly Way[] {
    return this.#gateways().map(({ server, id }) => ({
      url: `${server}/ws`,
      // The key of the gateway that has served the page is remembered as ever.
      ...(server === this.home.server ? {} : { expected: id }),
    }));
  }

  /** To a machine: straight, or else with one gateway in between. */
  toMachine(machine: string): readonly Way[] {
    const url = (server: string) => `${server}/m/${machine}`;
    const straight = this.#serversOf(machine).map((server) => ({ url: url(server) }));
    const others = this.#gateways().filter(({ id }) => id !== machine);
    const through = others.map(({ server, id }) => ({ url: url(server), through: id }));
    return [...straight, ...through].slice(0, WAYS_MAX);
  }

  /** The machines as a gateway tells them now. */
  async learn(machines: readonly MachineInfo[]): Promise<void> {
    if (!this.isRoaming) return;
    this.#places = machines.map(placeOf).filter(({ servers }) => servers.length > 0);
    const kept = JSON.stringify(this.#places.slice(0, KEPT_MAX));
    if (kept !== (await this.storage.get(KEPT))) await this.storage.set(KEPT, kept);
  }

  /** A gateway tells of all machines over this way: it is tried first from now on. */
  worked({ url }: Way): void {
    this.#last = url.replace(/\/ws$/, "");
  }

  /** The one that worked last, the page's own, those that are up, the others. */
  #gateways(): readonly { readonly server: string; readonly id: string }[] {
    const { server, machine: id } = this.home;
    if (!this.isRoaming) return [{ server, id }];
    const rank = (gateway: { server: string; isUp: boolean }) =>
      gateway.server === this.#last ? 0 : gateway.server === server ? 1 : gateway.isUp ? 2 : 3;
    const known = this.#places.flatMap(({ id, servers, isUp }) =>
      servers.map((server) => ({ server, id, isUp })),
    );
    const others = known.filter((gateway) => gateway.server !== server);
    const all = [{ server, id, isUp: true }, ...others].sort((a, b) => rank(a) - rank(b));
    return all.slice(0, WAYS_MAX);
  }

  #serversOf(machine: string): readonly string[] {
    const own = machine === this.home.machine ? [this.home.server] : [];
    if (!this.isRoaming) return own;
    const told = this.#places.find(({ id }) => id === machine)?.servers ?? [];
    return [...own, ...told.filter((server) => server !== this.home.server)].slice(0, ADDRESSES_MAX);
  }
}

/** Origins are a machine's own words: what is none is no address either. */
function placeOf({ id, origins, state }: MachineInfo): Place {
  const servers = origins.filter((origin) => /^https:\/\/[a-z0-9.-]+(:[0-9]{1,5})?$/.test(origin));
  return {
    id,
    servers: servers.slice(0, ADDRESSES_MAX).map((origin) => origin.replace("https", "wss")),
    isUp: state === "up",
  };
}

/** What was kept, as far as it is what is kept here. */
function placesOf(kept: string): readonly Place[] {
  try {
    const places: unknown = JSON.parse(kept);
    return Array.isArray(places) ? places.filter(isPlace) : [];
  } catch {
    return [];
  }
}

function isPlace(value: unknown): value is Place {
  const { id, servers, isUp } = (value ?? {}) as Partial<Record<keyof Place, unknown>>;
  const isServer = (server: unknown) => typeof server === "string" && server.startsWith("wss://");
  return (
    typeof id === "string" && typeof isUp === "boolean" && Array.isArray(servers) && servers.every(isServer)
  );
}
