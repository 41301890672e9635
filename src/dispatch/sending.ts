import type { Chunk, Operation, OperationRequest, SendOptions, Sent } from "../operations/operation.js";
import { present } from "../present.js";
import type { OperationName, Settings } from "../settings/settings.js";
import type { Flight } from "./flight.js";
import type { OpenStream } from "./work.js";

/** What requests are made with. */
export interface Sending {
  readonly operations: Readonly<Record<OperationName, Operation>>;
  readonly settings: Pick<Settings, "timeoutMs" | "idleTimeoutMs" | "streamUsage">;
}

/** Sends a request for the whole answer. */
export function sendForAnswer(flight: Flight, sending: Sending): Promise<Sent> {
  const operation = sending.operations[flight.operation];
  return flight.deployment.connection.send(operation, toRequest(flight, sending), toOptions(flight, sending));
}

/**
 * Sends a request for a stream, tells when the service takes it, and reads it until there is text:
 * until then another deployment can take over. Nothing, if nobody wants it any more.
 */
export async function sendForStream(
  flight: Flight,
  sending: Sending,
  onBegun: () => void,
): Promise<Omit<OpenStream, "close"> | undefined> {
  const { deployment, operation } = flight;
  const { report, chunks } = await deployment.connection.stream(
    sending.operations[operation],
    toRequest(flight, sending),
    toOptions(flight, sending),
  );
  onBegun();
  const rest = chunks[Symbol.asyncIterator]();
  const early: Chunk[] = [];
  let whole = false;
  while (!flight.over && !whole && (early.at(-1)?.text ?? "") === "") {
    const next = await rest.next();
    if (next.done === true) whole = true;
    else early.push(next.value);
  }
  if (flight.over) {
    await rest.return?.();
    return undefined;
  }
  const { host, deploymentName } = deployment.settings;
  return {
    report,
    host,
    operation,
    early,
    ...present({ deploymentName }),
    ...(whole ? {} : { rest }),
  };
}

function toRequest({ parcel, dialect }: Flight, { settings }: Sending): OperationRequest {
  return {
    prompts: parcel.jobs.map((job) => job.work.prompt),
    parameters: parcel.parameters,
    dialect,
    stream: parcel.streams,
    streamUsage: settings.streamUsage,
  };
}

function toOptions({ parcel, controller }: Flight, { settings }: Sending): SendOptions {
  const { timeoutMs, idleTimeoutMs } = settings;
  const headers = parcel.jobs[0]?.work.headers;
  return Object.freeze({
    // So that nobody's `Object.prototype.headers` are taken for the call's.
    __proto__: null,
    signal: controller.signal,
    timeoutMs,
    ...present({ idleTimeoutMs, headers }),
  });
}
