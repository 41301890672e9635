import type { Agent, ClientRequest } from "node:http";
import type { Duplex } from "node:stream";

/** Who used a socket last. */
const users = new WeakMap<Duplex, KeptSockets>();

/** Has an agent tell of the sockets that it keeps and uses again, whoever's they are. */
export function watchKept(agent: Agent): Agent {
  // Typed as if it told nothing, it tells whether the socket is kept; one that is not is closed.
  const keepSocketAlive = agent.keepSocketAlive.bind(agent) as (socket: Duplex) => boolean;
  agent.keepSocketAlive = (socket): boolean => {
    users.get(socket)?.keep(socket);
    return keepSocketAlive(socket);
  };
  const reuseSocket = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    users.get(socket)?.forget(socket);
    reuseSocket(socket, request);
  };
  return agent;
}

/**
 * The sockets of one instance: those in use and those kept for later are together no more than `most`,
 * to however many services they lead.
 */
export class KeptSockets {
  readonly #most: number;
  /** The one that was used longest ago is first. */
  readonly #kept = new Set<Duplex>();
  #inUse = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts the socket that a request gets, and closes what is kept beyond the bound. */
  watch(request: ClientRequest): void {
    request.once("socket", (socket) => {
      if (!users.has(socket)) socket.once("close", () => users.get(socket)?.forget(socket));
      users.set(socket, this);
      this.#inUse++;
      request.once("close", () => this.#inUse--);
      this.#trim();
    });
  }

  keep(socket: Duplex): void {
    this.#kept.add(socket);
  }

  forget(socket: Duplex): void {
    this.#kept.delete(socket);
  }

  #trim(): void {
    for (const socket of this.#kept) {
      if (this.#inUse + this.#kept.size <= this.#most) return;
      this.#kept.delete(socket);
      socket.destroy();
    }
  }
}
