import type { Parameters } from "../settings/settings.js";
import { Job } from "./job.js";
import type { Delivery } from "./job.js";
import { JoinedStream } from "./joined-stream.js";
import { joinOutcomes } from "./outcome.js";
import type { OpenStream, Outcome } from "./work.js";

/** The parameters of a share, made once: prompts share a request by having the same object. */
const shareParameters = new WeakMap<Parameters, Map<number, Parameters>>();

function withChoices(parameters: Parameters, n: number): Parameters {
  let bySize = shareParameters.get(parameters);
  if (bySize === undefined) shareParameters.set(parameters, (bySize = new Map<number, Parameters>()));
  let share = bySize.get(n);
  if (share === undefined) bySize.set(n, (share = Object.freeze({ ...parameters, n })));
  return share;
}

/** What is done for the prompt that was cut. */
export interface Whole {
  /** Nothing more is to be done for it. */
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Cuts a prompt that wants more choices than one request gives into prompts that want fewer. It gets
 * all choices together: an answer in order and when it is whole, a stream as the pieces come.
 */
export function cutIntoShares(job: Job, choicesPerRequest: number, whole: Whole): readonly Job[] {
  const wanted = job.parameters.n ?? 1;
  const count = Math.ceil(wanted / choicesPerRequest);
  const sizes = Array.from({ length: count }, (_, place) =>
    Math.min(choicesPerRequest, wanted - place * choicesPerRequest),
  );
  const deliveryOf = joinDeliveries(job, count, whole);
  return sizes.map((size, place) => {
    const parameters = withChoices(job.parameters, size);
    return new Job(job.work, parameters, job.sequence, deliveryOf(place, size), whole.fail);
  });
}

function joinDeliveries(
  job: Job,
  count: number,
  { settle }: Whole,
): (place: number, size: number) => Delivery {
  const { delivery } = job;
  if (delivery.kind === "stream") {
    const joined = new JoinedStream(count);
    let opened = false;
    const open = (stream: OpenStream): void => {
      if (opened) return;
      opened = true;
      delivery.deliver({ ...stream, early: [], rest: joined.chunks(), close: settle });
    };
    return (_, size) => ({
      kind: "stream",
      deliver: (stream) => {
        joined.add(stream, size);
        open(stream);
      },
    });
  }
  const outcomes = new Map<number, Outcome>();
  return (place) => ({
    kind: "answer",
    deliver: (outcome) => {
      outcomes.set(place, outcome);
      if (outcomes.size < count || job.settled) return;
      const [first, ...rest] = Array.from({ length: count }, (_, index) => outcomes.get(index) ?? outcome);
      settle();
      delivery.deliver(joinOutcomes([first ?? outcome, ...rest]));
    },
  });
}
