import { ServiceError } from "../errors.js";
import type { Sent, TokenUsage } from "../operations/operation.js";
import { present } from "../present.js";
import type { Flight } from "./flight.js";
import { shareUsage, sumUsage } from "./usage.js";
import type { Outcome } from "./work.js";

function lengthOf(texts: readonly { readonly text: string }[] | undefined): number {
  return texts?.reduce((sum, { text }) => sum + text.length, 0) ?? 0;
}

function shares(usage: TokenUsage | undefined, { answer }: Sent, { parcel }: Flight): readonly TokenUsage[] {
  if (usage === undefined) return [];
  if (parcel.jobs.length === 1) return [usage];
  const prompts = parcel.jobs.map((job) => job.work.prompt.length);
  return shareUsage(
    usage,
    prompts,
    parcel.jobs.map((_, index) => lengthOf(answer.choices[index])),
  );
}

/** Takes an answer apart: one outcome for each prompt of the request, in their order. */
export function toOutcomes(sent: Sent, flight: Flight): readonly Outcome[] {
  const { answer, report } = sent;
  const { parcel, deployment, operation } = flight;
  const { choices, usage, id, model, systemFingerprint, promptFilterResults } = answer;
  if (choices.length !== parcel.jobs.length) {
    throw new ServiceError(
      `The service answered ${choices.length} of ${parcel.jobs.length} prompts, which makes no sense.`,
      { report },
    );
  }
  const { host, deploymentName } = deployment.settings;
  const usages = shares(usage, sent, flight);
  return choices.map((own, index) => {
    const told = {
      usage: usages[index],
      id,
      model,
      systemFingerprint,
      promptFilterResult: promptFilterResults?.[index],
      deploymentName,
    };
    return {
      choices: own,
      report,
      host,
      operation,
      attempts: parcel.history.attempts,
      groupSize: parcel.jobs.length,
      ...present(told),
    };
  });
}

/** Joins what several requests gave for one prompt. */
export function joinOutcomes(outcomes: readonly [Outcome, ...Outcome[]]): Outcome {
  const usage = sumUsage(outcomes.map((outcome) => outcome.usage));
  return {
    ...outcomes[0],
    choices: outcomes.flatMap((outcome) => outcome.choices),
    attempts: outcomes.reduce((sum, outcome) => sum + outcome.attempts, 0),
    ...present({ usage }),
  };
}
