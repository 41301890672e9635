import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = "redis-server";
const isInstalled = spawnSync(PROGRAM, ["--version"]).error === undefined;

/** `describe` where Redis is installed; else the tests are skipped. */
export const describeRedis = isInstalled ? describe : describe.skip;

if (!isInstalled) {
  process.stderr.write(
    "Skipped: the cache in a real Redis. Install redis-server (`apt-get install redis-server`).\n",
  );
}

/** A Redis of the test's own, empty and on a free port. */
export interface RedisServer {
  readonly url: string;
  /** Kills it and removes what it left. */
  stop(): Promise<void>;
}

/** Starts Redis on the loopback interface; it keeps nothing on disk. */
export async function startRedis(): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), "redis-"));
  // The port was free a moment ago: somebody else may have taken it since.
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const port = await findFreePort();
    const options = { port, bind: "127.0.0.1", save: "", appendonly: "no", dir: directory };
    const child = spawn(
      PROGRAM,
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    if (await becomesReady(child)) {
      return {
        url: `redis://127.0.0.1:${port}`,
        stop: async () => {
          const exit = once(child, "exit");
          child.kill("SIGKILL");
          await exit;
          rmSync(directory, { recursive: true, force: true });
        },
      };
    }
  }
  rmSync(directory, { recursive: true, force: true });
  throw new Error(`${PROGRAM} did not start.`);
}

/** Waits until Redis says that it is ready; false when it ended instead. */
async function becomesReady({ stdout }: ChildProcess): Promise<boolean> {
  if (stdout === null) throw new Error(`The output of ${PROGRAM} cannot be read.`);
  for await (const line of createInterface({ input: stdout })) {
    if (!line.includes("Ready to accept connections")) continue;
    // Whatever it says from here on is read, so that it is never stopped by a full pipe.
    stdout.resume();
    return true;
  }
  return false;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The port is not known.");
  server.close();
  await once(server, "close");
  return address.port;
}
