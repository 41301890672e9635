import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** A link of a page to a file beside it, an anchor, or both. */
export interface Link {
  /** The page, by its path from the root. */
  readonly from: string;
  readonly target: string;
}

/** A page without its code, in which nothing is a link or a heading. */
function withoutCode(text: string): string {
  return text
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ""));
}

/** The links of a page that lead to no other site. */
export function findLinks(path: string, text: string): readonly Link[] {
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

/** Tells whether there is nothing in the root folder where a link leads. */
export function isBroken(root: string, { from, target }: Link): boolean {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? join(root, from) : join(root, dirname(from), path);
  if (!existsSync(file)) return true;
  if (anchor === undefined) return false;
  return !statSync(file).isFile() || !findAnchors(readFileSync(file, "utf8")).has(anchor);
}
