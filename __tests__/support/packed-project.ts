import { execFileSync } from "node:child_process";
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
  return {
    directory,
    packageDirectory,
    write(name, text) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
