import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { useEmulator } from "../support/emulator.js";
import { usePackedProject } from "../support/packed-project.js";
import { variablesFor } from "./command.js";

const emulator = useEmulator();
const project = usePackedProject();

test("the command of the installed package runs, with nothing installed for its sake", async () => {
  const manifest = JSON.parse(readFileSync(join(project().packageDirectory, "package.json"), "utf8"));
  expect(Object.keys(manifest.dependencies)).not.toContain("cli-progress");
  const command = join(project().packageDirectory, manifest.bin["langchain-azure-openai"]);
  expect(readFileSync(command, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  emulator().respond(/capital/, "Rome.");
  const { stdout } = await promisify(execFile)(process.execPath, [command, "complete", "capital"], {
    cwd: project().directory,
    env: { PATH: process.env["PATH"], ...variablesFor(emulator(), "chat") },
  });
  expect(stdout).toBe("Rome.\n");
});
