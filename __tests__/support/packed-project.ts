import { execFile, execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

const ROOT = resolve(__dirname, "../..");

/** What npm installs with the package. */
const NEIGHBOURS = ["@langchain/core", "openai", "eventsource-parser"];

/** A project of a user's, with the packed package installed. */
export interface PackedProject {
  readonly directory: string;
  /** Where the package is installed. */
  readonly packageDirectory: string;
  /** Writes a file of the project and returns its path. */
  write(name: string, text: string): string;
  /** Runs a program of the project and returns what it prints, as JSON. */
  run(
    name: string,
    text: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<ReturnType<typeof JSON.parse>>;
  remove(): void;
}

/**
 * Packs the package as `npm publish` would and unpacks it into an empty project.
 *
 * Its neighbours, and `more` that the user installed, are links to what is installed here: no network is needed.
 */
export function createPackedProject(more: readonly string[] = []): PackedProject {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "packed-")));
  // A project of its own, whatever lies in the folders above.
  writeFileSync(join(directory, "package.json"), '{ "private": true }\n');
  // The build has been made before the tests.
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [tarball] = readdirSync(directory).filter((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack wrote no tarball.");
  const packageDirectory = join(directory, "node_modules", "langchain-azure-openai");
  mkdirSync(packageDirectory, { recursive: true });
  execFileSync("tar", ["-xzf", join(directory, tarball), "-C", packageDirectory, "--strip-components=1"]);
  rmSync(join(directory, tarball));
  for (const name of [...NEIGHBOURS, ...more]) {
    const link = join(directory, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link, "junction");
  }
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  return {
    directory,
    packageDirectory,
    write,
    async run(name, text, env = {}) {
      const { stdout } = await promisify(execFile)(process.execPath, [write(name, text)], {
        cwd: directory,
        env: { PATH: process.env["PATH"], ...env },
      });
      return JSON.parse(stdout);
    },
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A packed project for the tests of a file or of a `describe`; gone after them. */
export function usePackedProject(): () => PackedProject {
  let project: PackedProject;
  beforeAll(() => {
    project = createPackedProject();
  }, 60_000);
  afterAll(() => {
    project.remove();
  });
  return () => project;
}
