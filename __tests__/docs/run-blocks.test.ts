import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runBlocks } from "./run-blocks.js";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "blocks-"));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a module of each code in this order; a failure is known by the place of its module. */
async function run(codes: readonly string[], patienceMs?: number): Promise<Record<number, string>> {
  const modules = codes.map((code, index) => {
    const path = join(directory, `${index}.mjs`);
    writeFileSync(path, `${code}\nexport {};\n`);
    return { path, env: { PLACE: String(index) } };
  });
  const failures = await runBlocks(directory, modules, patienceMs);
  return Object.fromEntries(
    modules.flatMap(({ path }, index) => {
      const failure = failures.get(path);
      return failure === undefined ? [] : [[index, failure] as const];
    }),
  );
}

const FINE = "await new Promise((resolve) => setTimeout(resolve, 1));";

test.each([
  ["throws", 'throw new Error("broken");', "broken"],
  ["does not compile", "const = 1;", "SyntaxError"],
  ["imports what is not there", 'import "./nothing.mjs";', "ERR_MODULE_NOT_FOUND"],
  ["leaves a rejection unhandled", 'void Promise.reject(new Error("unheard"));', "unheard"],
  ["throws after its end", 'setTimeout(() => { throw new Error("late"); }, 1);', "late"],
  ["waits for what never comes", "await new Promise(() => {});", "It waits for what never comes"],
  ["says that it failed", "process.exitCode = 3;", "It ended with 3"],
  ["ends the process as failed", "process.exit(4);", "It ended with 4"],
])("a module that %s is found, and those around it run", async (_, code, complaint) => {
  await expect(run([FINE, FINE, code, FINE, code])).resolves.toEqual({
    2: expect.stringContaining(complaint),
    4: expect.stringContaining(complaint),
  });
});

test("a module that leaves something open is found", async () => {
  await expect(run(["setInterval(() => {}, 1000);"], 2000)).resolves.toEqual({
    0: expect.stringContaining("did not end"),
  });
});

test("a module that ends the process well is fine, and those after it run", async () => {
  await expect(run(["process.exit(0);", FINE, "throw 1;"])).resolves.toEqual({ 2: expect.any(String) });
});

test("no module finds the variables of another", async () => {
  const code = (place: number): string =>
    `if (process.env.PLACE !== "${place}" || process.env.LEFT) throw 1; process.env.LEFT = "left";`;
  await expect(run([code(0), code(1), code(2)])).resolves.toEqual({});
});
