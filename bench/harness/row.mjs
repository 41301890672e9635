/**
 * @typedef {object} Sample one sample of one contender
 * @property {number} value in the row's unit; less is better
 * @property {string} [note] what else there is to say
 * @property {number} [failed] how many prompts got no answer
 * @property {number} [requests] how many requests the service saw
 * @property {number} [refused] how many of them it refused
 * @property {number} [once] how many prompts it answered exactly once
 *
 * @typedef {object} Task what a process measures
 * @property {string} contender
 * @property {string} endpoint
 *
 * @typedef {import("./statistics.mjs").Summary} Summary
 *
 * @typedef {object} Row one line of the table
 * @property {string} title
 * @property {string} unit
 * @property {readonly string[]} contenders
 * @property {string} baseline what the ratios are against: a contender, or what `ideal` is
 * @property {number} [ideal] what the ratios are against where that is no contender
 * @property {string} goal what this package must reach, in words
 * @property {(ours: Summary, all: ReadonlyMap<string, Summary>) => boolean} reaches
 * @property {number} rounds how many samples of each contender
 * @property {number} quickRounds how many in a short run
 * @property {boolean} [fresh] a new process and service for each sample; else one each for all
 * @property {number} [warmUps] how many samples of each are taken first and not counted, where one process takes all; 1
 * @property {import("../service.mjs").ServiceOptions} [service]
 * @property {(task: Task) => Promise<() => Promise<Sample>>} prepare makes what takes one sample
 * @property {(sample: Sample, seen: import("../service.mjs").Tally) => Sample} [complete] adds what the service saw
 */
export {};
