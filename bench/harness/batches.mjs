import { connect, THIS_PACKAGE } from "../contenders.mjs";

/** @param {number} count */
export function makePrompts(count) {
  return Array.from({ length: count }, (_, index) => `Question ${index}: what is the use of it?`);
}

/**
 * Takes the time of a batch, in seconds. Failures stand in their prompt's place.
 *
 * @param {number} count
 * @param {(contender: string) => object | undefined} [optionsOf]
 * @returns {import("./row.mjs").Row["prepare"]}
 */
export function timeBatch(count, optionsOf = () => undefined) {
  return async ({ contender, endpoint }) => {
    const client = await connect(contender, endpoint, optionsOf(contender));
    const prompts = makePrompts(count);
    if (contender.startsWith(THIS_PACKAGE)) {
      // It loads at the first call what the others have loaded by now; that has rows of its own.
      const other = await connect(contender, endpoint, { deploymentName: "without-a-quota" });
      await other.invoke("Tell me a joke");
    }
    return async () => {
      const began = performance.now();
      const answers = await client.batch(prompts);
      const value = (performance.now() - began) / 1000;
      const failed = answers.filter((answer) => typeof answer !== "string").length;
      return { value, failed };
    };
  };
}

/**
 * Adds to a sample what the service saw of it.
 *
 * @type {NonNullable<import("./row.mjs").Row["complete"]>}
 */
export function tellRequests({ failed = 0, ...sample }, { requests, refused, answers }) {
  const once = Object.values(answers).filter((times) => times === 1).length;
  const twice = Object.values(answers).filter((times) => times > 1).length;
  const parts = [
    `${requests.toLocaleString("en")} requests`,
    ...(refused > 0 ? [`${refused.toLocaleString("en")} of them refused`] : []),
    ...(twice > 0 ? [`${twice.toLocaleString("en")} prompts answered more than once`] : []),
    ...(failed > 0 ? [`${failed.toLocaleString("en")} prompts without an answer`] : []),
    ...(sample.note === undefined ? [] : [sample.note]),
  ];
  return { ...sample, failed, note: parts.join(", "), requests, refused, once };
}
