import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { assertBuilt, run, start } from "./command.js";

beforeAll(assertBuilt);

test("it prints the lines to export, serves them, and ends with Ctrl-C", async () => {
  const { child, printed, ended } = start(["emulator"]);
  await printed("stderr", /Ctrl-C ends it/);
  const lines = await printed("stdout", /DEPLOYMENT_NAME=.+\n/);
  const variables = Object.fromEntries(
    [...lines.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(Object.keys(variables)).toEqual([
    "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_API_DEPLOYMENT_NAME",
  ]);
  expect(await run(["complete", "Tell me a joke"], variables)).toMatchObject({ code: 0, stderr: "" });
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).toContain("deployments  instruct, chat, reasoning");
});

test("it ends when it is told to terminate", async () => {
  const { child, printed, ended } = start(["emulator"]);
  await printed("stderr", /Ctrl-C ends it/);
  child.kill("SIGTERM");
  expect(await ended).toMatchObject({ code: 0, signal: null });
});

test("a port that is taken is named, and how to choose another", async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo; // it listens on a port
  const { code, stderr } = await run(["emulator", "--port", String(port)]);
  server.close();
  expect(code).toBe(1);
  expect(stderr).toContain(`Port ${port} is taken`);
  expect(stderr).toContain("leave --port out");
});

test.each(["-1", "1.5", "70000", "x"])("port %s is refused", async (port) => {
  expect(await run(["emulator", `--port=${port}`])).toMatchObject({ code: 2 });
});
