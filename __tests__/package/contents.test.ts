import { existsSync, readFileSync, readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { findLinks, isBroken } from "../support/links.js";
import { createPackedProject, type PackedProject } from "../support/packed-project.js";

let project: PackedProject;
let published: readonly string[];

beforeAll(() => {
  project = createPackedProject();
  published = readdirSync(project.packageDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(project.packageDirectory.length + 1))
    .map((path) => path.replaceAll("\\", "/"));
}, 60_000);

afterAll(() => {
  project.remove();
});

function read(path: string): string {
  return readFileSync(join(project.packageDirectory, path), "utf8");
}

function find(pattern: RegExp): readonly string[] {
  const found = published.filter((path) => pattern.test(path));
  expect(found).not.toEqual([]);
  return found;
}

/** Everything that is published, and what it is needed for. */
const NEEDED = [
  // npm's own, and what users read first
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  // the guides, which the errors name, and what they and the README link to
  /^docs\/[\w-]+\.(md|svg|ipynb)$/,
  /^docs\/api\/[\w/-]+\.md$/,
  /^bench\/(results\.md|chart\.svg)$/,
  // the builds, with types and source maps
  /^dist\/(index|emulator)\.(c?js|c?js\.map|d\.c?ts)$/,
  /^dist\/cli\.(js|js\.map|THIRD-PARTY-LICENSES\.txt)$/,
  /^dist\/chunks\/[\w-]+\.c?js(\.map)?$/,
  /^dist\/tables\/((cl100k|o200k)_base\.cjs|THIRD-PARTY-LICENSES\.txt)$/,
  // what the source maps lead to
  /^src\/[\w/-]+\.ts$/,
];

test("only what is needed is published", () => {
  expect(published.filter((path) => !NEEDED.some((pattern) => pattern.test(path)))).toEqual([]);
});

test.each(NEEDED)("what is needed is published: %s", (pattern) => {
  expect(published.some((path) => pattern.test(path))).toBe(true);
});

test("every file that package.json names is published", () => {
  const { main, module, types, bin, exports } = JSON.parse(read("package.json"));
  const named = JSON.stringify([main, module, types, bin, exports]).match(/\.\/[^"]+\.[^"]+/g) ?? [];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(project.packageDirectory, path)))).toEqual([]);
});

test("every link of a published page leads to something that is published", () => {
  const links = find(/\.md$/).flatMap((path) => findLinks(path, read(path)));
  expect(links.filter((link) => isBroken(project.packageDirectory, link))).toEqual([]);
});

test("every source map leads to its sources, each of which is there once", () => {
  const sources = find(/\.map$/).flatMap((path) => {
    const { sources, sourcesContent = [] } = JSON.parse(read(path));
    return sources.map((source: string, index: number) => ({
      map: path,
      source,
      file: existsSync(join(project.packageDirectory, dirname(path), source)),
      content: typeof sourcesContent[index] === "string",
    }));
  });
  expect(sources.filter(({ file, content }) => file === content)).toEqual([]);
});

test("the builds import nothing but what is installed with them", () => {
  const { name, dependencies, peerDependencies } = JSON.parse(read("package.json"));
  const installed = new Set([name, ...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
  const imported = find(/^dist\/[\w/-]+\.(c?js|d\.c?ts)$/)
    .filter((path) => !path.startsWith("dist/tables/"))
    .flatMap((path) => [...read(path).matchAll(/(?:\bfrom |\brequire\(|\bimport\()["']([^"'.][^"']*)["']/g)])
    .map(([, specifier = ""]) => specifier)
    .filter((specifier) => !specifier.startsWith("node:") && !builtinModules.includes(specifier))
    .map((specifier) =>
      specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/"),
    );
  expect(new Set(imported)).toEqual(installed);
});
