import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { readPages, ROOT } from "./blocks.js";

interface Link {
  readonly from: string;
  readonly target: string;
}

/** A page without its code, in which nothing is a link or a heading. */
function withoutCode(text: string): string {
  return text
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ""));
}

/** The links of a page to this repository: a path, an anchor, or both. */
function findLinks(path: string, text: string): readonly Link[] {
  return [...withoutCode(text).matchAll(/\]\((?<target>[^)\s]+)\)/g)]
    .map(({ groups }) => ({ from: path, target: groups?.["target"] ?? "" }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page, as code hosts make them of its headings. */
function findAnchors(text: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const anchors = new Set([...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id));
  for (const [, heading = ""] of text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "").matchAll(/^#+ (.*)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/\]\([^)]*\)/g, "")
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

function isBroken({ from, target }: Link): boolean {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? join(ROOT, from) : join(ROOT, dirname(from), path);
  if (!existsSync(file)) return true;
  if (anchor === undefined) return false;
  return !statSync(file).isFile() || !findAnchors(readFileSync(file, "utf8")).has(anchor);
}

const pages = readPages();

test.each(pages.map(({ path, text }) => [path, findLinks(path, text)] as const))(
  "the links of %s lead somewhere",
  (_, links) => {
    expect(links.filter(isBroken)).toEqual([]);
  },
);

test("every guide can be found from the map", () => {
  const map = pages.find(({ path }) => path === "docs/index.md");
  const linked = new Set(
    findLinks("docs/index.md", map?.text ?? "").map(({ target }) =>
      relative(ROOT, join(ROOT, "docs", target.split("#")[0] ?? "")),
    ),
  );
  const guides = pages.map(({ path }) => path).filter((path) => /^docs\/[^/]+\.md$/.test(path));
  expect(guides.filter((path) => path !== "docs/index.md" && !linked.has(path))).toEqual([]);
});
