/** How many letters must change to make one word of another, a swap of neighbours counting as one. */
function countEdits(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= from.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (same ? 0 : 1),
          swapped ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(from.length, to.length);
}

/** Case and underscores aside, so that Python's `azure_endpoint` finds `azureEndpoint`. */
function fold(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

/** What other packages call an option. */
const NAMES_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["abortsignal", "signal"],
  ["concurrency", "maxConcurrency"],
  ["maxretry", "maxRetries"],
  ["retries", "maxRetries"],
]);

/** The known name that a misspelt one most likely means, if any is near enough. */
export function findNearest(name: string, known: readonly string[]): string | undefined {
  const wanted = fold(name).slice(0, 60);
  const translated = NAMES_ELSEWHERE.get(wanted);
  if (translated !== undefined && known.includes(translated)) return translated;
  const reach = Math.min(3, Math.floor(wanted.length / 3));
  let nearest: string | undefined;
  let fewest = reach + 1;
  for (const candidate of known) {
    const edits = countEdits(wanted, fold(candidate));
    if (edits < fewest) [nearest, fewest] = [candidate, edits];
  }
  return nearest;
}
