import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { chooseOptions, choosePrompts } from "./cell.js";
import type { Cell, End, Observed } from "./cell.js";
import { makeCertificate } from "./certificate.js";
import type { Fault } from "./faults.js";
import { answered, failed } from "./outcomes.js";
import { MARK, openService } from "./service.js";

/** Something about a proxy between client and service. */
export interface ProxyFault extends Fault {
  readonly scheme: "http" | "https";
  readonly proxy: "works" | "refuses" | "is not there";
}

export const PROXIES: readonly ProxyFault[] = [
  {
    name: "a proxy that works (`HTTP_PROXY`), and the endpoint says http",
    scheme: "http",
    proxy: "works",
    expects: answered,
  },
  {
    name: "a proxy that works (`HTTPS_PROXY`), and the endpoint says https",
    scheme: "https",
    proxy: "works",
    expects: answered,
  },
  {
    name: "a proxy that refuses",
    scheme: "https",
    proxy: "refuses",
    hits: "all",
    expects: failed("ConnectionError", { requests: 0, says: /HTTPS_PROXY/ }),
  },
  {
    name: "a proxy that is not there",
    scheme: "https",
    proxy: "is not there",
    hits: "all",
    expects: failed("ConnectionError", { requests: 0, says: /HTTPS_PROXY/ }),
  },
];

/** What a process of its own prints of one square. */
interface Printed {
  readonly ends: readonly ({ readonly text: string } | { readonly error: { readonly message: string } })[];
  readonly soFar: string;
  readonly retries: number;
  readonly listeners: number;
  readonly inUse: readonly string[];
  readonly told: Readonly<Record<string, number>>;
}

/** Runs squares through a proxy, each to a service of its own whose name only the proxy knows. */
export async function observeThroughProxy(
  node: string,
  { scheme, proxy: kind }: ProxyFault,
  cells: readonly Cell[],
): Promise<readonly Observed[]> {
  const services = await Promise.all(cells.map(() => openService(({ answer }) => answer(), scheme)));
  const ports = services.map(({ origin }) => Number(new URL(origin).port));
  const proxy = await openProxy(ports, kind === "refuses");
  if (kind === "is not there") await proxy.close();
  const folder = await mkdtemp(join(tmpdir(), "proxy-"));
  const certificates = join(folder, "certificate.pem");
  await writeFile(certificates, makeCertificate().cert);
  const squares = cells.map(({ way, operation }, index) => ({
    way,
    prompts: choosePrompts(way),
    options: {
      ...chooseOptions(operation),
      azureEndpoint: `${scheme}://cell-${index}.service.invalid`,
      allowHttp: scheme === "http",
    },
  }));
  try {
    const { stdout } = await promisify(execFile)(
      node,
      [join(__dirname, "proxied.mjs"), JSON.stringify(squares)],
      {
        env: {
          [scheme === "http" ? "HTTP_PROXY" : "HTTPS_PROXY"]: proxy.origin,
          NODE_USE_ENV_PROXY: "1",
          NODE_EXTRA_CA_CERTS: certificates,
        },
      },
    );
    const printed = JSON.parse(stdout) as readonly Printed[]; // what the program prints
    return printed.map(({ ends, told, ...rest }, index) => ({
      ...rest,
      ends: ends.map(toEnd),
      told: new Map(Object.entries(told)),
      prompts: squares[index]?.prompts ?? [],
      place: squares[index]?.prompts.findIndex((prompt) => prompt.includes(MARK)) ?? 0,
      requests: services[index]?.marked.map(({ prompts }) => prompts) ?? [],
      answered: services[index]?.answered ?? new Map<string, number>(),
      strayed: services[index]?.strayed() ?? 0,
    }));
  } finally {
    await rm(folder, { recursive: true });
    await Promise.all([...services, ...(kind === "is not there" ? [] : [proxy])].map((one) => one.close()));
  }
}

function toEnd(end: Printed["ends"][number]): End {
  return "text" in end ? end : { error: Object.assign(new Error(), end.error) };
}

/** A proxy that knows where `cell-N.service.invalid` is, and forwards as well as it tunnels. */
async function openProxy(ports: readonly number[], refuses: boolean) {
  const portOf = (host: string): number => ports[Number(/^cell-(\d+)\./.exec(host)?.[1])] ?? 0;
  const server = createServer((incoming, outgoing) => {
    const { hostname, pathname } = new URL(incoming.url ?? "");
    const { method, headers } = incoming;
    const onward = forward(
      { host: "127.0.0.1", port: portOf(hostname), path: pathname, method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  });
  server.on("connect", ({ url = "" }, socket) => {
    socket.on("error", () => undefined);
    if (refuses) {
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const onward = connect(portOf(url), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // listening, and not on a pipe
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
