import type { Parameters } from "../settings/settings.js";
import { Job } from "./job.js";
import { joinOutcomes } from "./outcome.js";
import type { Outcome } from "./work.js";

/** The parameters of a share, made once: prompts share a request by having the same object. */
const shareParameters = new WeakMap<Parameters, Map<number, Parameters>>();

function withChoices(parameters: Parameters, n: number): Parameters {
  let bySize = shareParameters.get(parameters);
  if (bySize === undefined) shareParameters.set(parameters, (bySize = new Map<number, Parameters>()));
  let share = bySize.get(n);
  if (share === undefined) bySize.set(n, (share = Object.freeze({ ...parameters, n })));
  return share;
}

/**
 * Cuts a prompt that wants more choices than one request gives into prompts that want fewer.
 *
 * @param done - gets all choices together, in order.
 * @param failed - gets the first failure.
 */
export function cutIntoShares(
  job: Job,
  choicesPerRequest: number,
  done: (outcome: Outcome) => void,
  failed: (error: unknown) => void,
): readonly Job[] {
  const wanted = job.parameters.n ?? 1;
  const outcomes = new Map<number, Outcome>();
  const shares: Job[] = [];
  for (let given = 0; given < wanted; given += choicesPerRequest) {
    const place = shares.length;
    const deliver = (outcome: Outcome): void => {
      outcomes.set(place, outcome);
      if (outcomes.size < shares.length) return;
      const [first, ...rest] = shares.flatMap((_, index) => outcomes.get(index) ?? []);
      if (first !== undefined) done(joinOutcomes([first, ...rest]));
    };
    const parameters = withChoices(job.parameters, Math.min(choicesPerRequest, wanted - given));
    shares.push(new Job(job.work, parameters, job.sequence, { kind: "answer", deliver }, failed));
  }
  return shares;
}
