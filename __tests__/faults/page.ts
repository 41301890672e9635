import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import type { Cell, Observed } from "./cell.js";
import { SECTIONS } from "./faults.js";
import type { Way } from "./outcomes.js";
import { PROXIES } from "./proxy.js";
import type { OperationName } from "./right-answers.js";

const ROOT = resolve(__dirname, "../..");

/** What came of a fault, in the words of the page; `lasts` where it happens again and again. */
export interface Words {
  once?: string;
  lasts?: string;
}

type Row = Partial<Record<Way, Partial<Record<OperationName, Words>>>>;

const rows = new Map<string, Row>();

/** Notes what was seen in one square. */
export function note({ fault, way, operation, lasts }: Cell, observed: Observed): void {
  const row = rows.get(fault.name) ?? {};
  rows.set(fault.name, row);
  const words = ((row[way] ??= {})[operation] ??= {});
  words[lasts ? "lasts" : "once"] = describe(observed, operation);
}

function describe({ ends, place, requests, retries, prompts }: Observed, operation: OperationName): string {
  const end = ends[place];
  if (end === undefined) return "nothing";
  if ("text" in end) return requests.length > 1 ? "answered after a retry" : "answered";
  const { error } = end;
  // Of this process or of another, where it lost its class.
  const { code = "", partialText = "" } = error as Error & { code?: string; partialText?: string };
  const failed = ends.filter((one) => "error" in one).length;
  // Where each prompt has a request of its own, that prompt and that request are one.
  const alone = failed === 1 && prompts.length > 1 && operation === "completions";
  return [
    `[\`${error.name}\`](errors.md#${code})`,
    partialText !== "" ? " with the text so far" : "",
    retries > 0 ? " after retries" : "",
    alone ? ", for that prompt alone" : "",
    failed > 2 ? ", for all prompts" : "",
  ].join("");
}

/** Compares the page with what was noted; where a file is asked for, writes it there instead. */
export async function checkPage(): Promise<string> {
  const sections = [
    ...SECTIONS,
    ["A proxy, on Node 24 or later with `NODE_USE_ENV_PROXY=1`", PROXIES] as const,
  ].map(([title, faults]) => ({
    title,
    rows: faults.map(({ name }) => ({ name, ways: rows.get(name) })),
  }));
  const asked = process.env["FAULTS_OBSERVED"];
  if (asked !== undefined) {
    await writeFile(asked, JSON.stringify(sections));
    return "written";
  }
  const folder = await mkdtemp(join(tmpdir(), "faults-"));
  try {
    const observed = join(folder, "observed.json");
    await writeFile(observed, JSON.stringify(sections));
    const script = [join(ROOT, "scripts/docs-faults.mjs"), "--check", observed];
    const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: ROOT });
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}
