/**
 * What the samples of one contender come to.
 *
 * @typedef {object} Summary
 * @property {number} value the median of the samples
 * @property {readonly [number, number]} range the least and the greatest of them
 * @property {number} ratio the median of the ratios within a round
 * @property {readonly [number, number]} ratioRange
 * @property {readonly import("./row.mjs").Sample[]} samples
 * @property {string} [note] of the median sample
 */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {readonly number[]} values */
function range(values) {
  return /** @type {const} */ ([Math.min(...values), Math.max(...values)]);
}

/**
 * Sums up samples beside those of the baseline that were taken in the same rounds.
 *
 * @param {readonly import("./row.mjs").Sample[]} samples
 * @param {readonly number[]} baseline
 * @returns {Summary}
 */
export function summarize(samples, baseline) {
  const values = samples.map(({ value }) => value);
  const ratios = values.map((value, round) => value / baseline[round]);
  const value = median(values);
  const typical = samples.toSorted((a, b) => Math.abs(a.value - value) - Math.abs(b.value - value))[0];
  return {
    value,
    range: range(values),
    ratio: median(ratios),
    ratioRange: range(ratios),
    samples,
    ...(typical?.note !== undefined && { note: typical.note }),
  };
}
