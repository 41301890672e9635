import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { delimiter, join } from "node:path";
import { bundle, esbuild } from "./bundle.mjs";
import { compare } from "./compare.mjs";
import { NOT_INSTALLED } from "./installed.mjs";
import { PATIENCE_MS, versionOf } from "./run.mjs";
import { CONVERSATION, DEPLOYMENT } from "./service.mjs";

/**
 * @typedef {import("./check.mjs").Check} Check
 * @typedef {import("./check.mjs").Place} Place
 * @typedef {{ deployment: string, token?: string, variables?: Record<string, string> }} PageSettings
 * @typedef {{ shown: string, loaded: string[] }} Visit
 */

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const PAGE =
  '<!doctype html><meta charset="utf-8" /><title>A page</title><script type="module" src="/page.js"></script>';

function findChromium() {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "chromium"))
    .find((command) => existsSync(command));
}

/**
 * Serves the page, and the service under the same origin: it is not known to allow others (CORS).
 *
 * @param {string} folder where the page's scripts are
 * @param {PageSettings} settings
 * @param {Place["emulator"]} emulator
 */
async function servePage(folder, settings, emulator) {
  /** @type {string[]} */
  const loaded = [];
  /** @type {(shown: string) => void} */
  let tell;
  /** @type {Promise<string>} */
  const shown = new Promise((resolve) => (tell = resolve));
  const server = createServer((request, response) => {
    const { url = "/", method = "GET", headers } = request;
    if (url.startsWith("/openai/")) {
      const passed = ask(new URL(url, emulator.endpoint), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      request.pipe(passed);
    } else if (url === "/shown") {
      let text = "";
      request.setEncoding("utf8").on("data", (piece) => (text += piece));
      request.on("end", () => {
        response.end();
        tell(text);
      });
    } else if (url === "/settings") {
      response.setHeader("content-type", "application/json").end(JSON.stringify(settings));
    } else if (/^\/[\w-]+\.js$/.test(url)) {
      loaded.push(url.slice(1));
      response.setHeader("content-type", "text/javascript").end(readFileSync(join(folder, url)));
    } else if (url === "/") {
      response.setHeader("content-type", "text/html").end(PAGE);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}/`, shown, loaded, server };
}

/**
 * Opens the page once, in a browser that knows nothing.
 *
 * @param {string} command
 * @param {string} directory
 * @param {PageSettings} settings
 * @param {Place["emulator"]} emulator
 * @returns {Promise<Visit>}
 */
async function visit(command, directory, settings, emulator) {
  const page = await servePage(join(directory, "page"), settings, emulator);
  const profile = `--user-data-dir=${mkdtempSync(join(directory, "chromium-"))}`;
  const browser = spawn(command, [...FLAGS, profile, page.url], { stdio: "ignore" });
  const ended = new Promise((resolve) => browser.once("close", resolve));
  const gaveUp = new Promise((_, reject) => {
    browser.once("error", reject);
    AbortSignal.timeout(PATIENCE_MS).addEventListener("abort", ({ target }) => reject(target));
  });
  try {
    const shown = await Promise.race([
      page.shown,
      ended.then((code) => `Chromium ended with ${String(code)}.`),
      gaveUp.catch((error) => `Chromium showed nothing: ${String(error)}`),
    ]);
    return { shown: String(shown), loaded: page.loaded };
  } finally {
    browser.kill();
    await ended;
    page.server.closeAllConnections();
    page.server.close();
  }
}

/**
 * Opens a page that signs in with a token provider.
 *
 * @param {Place} place
 * @returns {AsyncGenerator<Check>}
 */
export async function* checkChromium({ directory, emulator }) {
  const command = findChromium();
  if (command === undefined || esbuild === undefined) {
    yield {
      name: "Chromium",
      skipped: command === undefined ? "there is no chromium (apt-get install chromium)" : NOT_INSTALLED,
    };
    return;
  }
  const name = `Chromium (${await versionOf(command, { cwd: directory })})`;
  await bundle(directory, "page.mjs", "browser", { outdir: "page", flags: ["--splitting"] });
  const settings = { deployment: DEPLOYMENT, token: emulator.token };

  const { shown, loaded } = await visit(command, directory, settings, emulator);
  yield { name: `${name}, signs in by token`, complaint: compare(CONVERSATION, shown) };
  yield {
    name: `${name}, loads no tables of the tokenizer`,
    complaint: loaded.filter((file) => /_base/.test(file)).join("\n"),
  };

  const variables = { OPENAI_API_VERSION: "2024-10-21" };
  const dated = await visit(command, directory, { ...settings, variables }, emulator);
  yield { name: `${name}, with a process.env of the page's`, complaint: compare(CONVERSATION, dated.shown) };

  const stranger = await visit(command, directory, { deployment: DEPLOYMENT }, emulator);
  yield {
    name: `${name}, says that sign-in is not installed`,
    complaint: stranger.shown.includes("npm install @azure/identity") ? "" : stranger.shown,
  };
}
