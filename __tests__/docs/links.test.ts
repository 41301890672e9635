import { join, relative } from "node:path";
import { findLinks, isBroken } from "../support/links.js";
import { readPages, ROOT } from "./blocks.js";

const pages = readPages();

test.each(pages.map(({ path, text }) => [path, findLinks(path, text)] as const))(
  "the links of %s lead somewhere",
  (_, links) => {
    expect(links.filter((link) => isBroken(ROOT, link))).toEqual([]);
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
