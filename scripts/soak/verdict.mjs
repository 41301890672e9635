/**
 * @typedef {import("./load.mjs").Sample} ClientSample
 * @typedef {ClientSample & { serverSockets: number }} Sample
 * @typedef {{ name: keyof Sample, title: string, share: number, room: number, atRest?: number, unit: "MB" | "" }} Figure
 * @typedef {{ figure: Figure, before: number, after: number, limit: number, flat: boolean }} Comparison
 */

/** How many connections Node's HTTP client keeps for the next requests. */
const KEPT = 256;

/**
 * What is held to be flat: a later figure may be above an earlier one by a share of it and some room. With 200 calls
 * at a time, how many of them happen to hold a socket or a timer goes up and down by dozens; at rest nothing is in use,
 * and the server has no more connections than the client keeps.
 *
 * @type {readonly Figure[]}
 */
const FIGURES = [
  { name: "heap", title: "heap after collection", share: 0.05, room: 2e6, unit: "MB" },
  { name: "rss", title: "resident memory", share: 0.1, room: 20e6, unit: "MB" },
  { name: "sockets", title: "sockets in use", share: 0.1, room: 60, atRest: 0, unit: "" },
  { name: "serverSockets", title: "sockets of the server", share: 0.1, room: 60, atRest: KEPT, unit: "" },
  { name: "timers", title: "timers", share: 0.1, room: 120, atRest: 0, unit: "" },
  { name: "listeners", title: "listeners on a long-lived signal", share: 0.1, room: 5, atRest: 0, unit: "" },
];

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/**
 * Compares the second quarter of the samples with the last, by their medians.
 *
 * @param {readonly Sample[]} samples
 * @returns {Comparison[]}
 */
export function compareQuarters(samples) {
  const quarter = Math.floor(samples.length / 4);
  return FIGURES.map((figure) => {
    const values = samples.map((sample) => sample[figure.name]);
    return compare(
      figure,
      median(values.slice(quarter, 2 * quarter)),
      median(quarter === 0 ? [] : values.slice(-quarter)),
    );
  });
}

/**
 * Compares two moments at which no call was under way.
 *
 * @param {Sample} early
 * @param {Sample} late
 * @returns {Comparison[]}
 */
export function compareRests(early, late) {
  return FIGURES.map((figure) => compare(figure, early[figure.name], late[figure.name], figure.atRest));
}

/**
 * @param {Figure} figure
 * @param {number} before
 * @param {number} after
 * @param {number} [limit] instead of what `before` allows
 * @returns {Comparison}
 */
function compare(figure, before, after, limit = before * (1 + figure.share) + figure.room) {
  return { figure, before, after, limit, flat: after <= limit };
}

/**
 * @param {number} value
 * @param {Figure["unit"]} unit
 */
export function format(value, unit) {
  return unit === "MB" ? `${(value / 1e6).toFixed(1)} MB` : String(value);
}
