import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/emulator/index.js";
import { AzureOpenAI } from "../../src/index.js";
import type { AzureOpenAIInput } from "../../src/index.js";

/** The deployment of the documented walk-through; the emulator has it from the start. */
export const WALKTHROUGH_DEPLOYMENT = "gpt-35-turbo-instruct-0914";

/** Starts one emulator for a file's tests, with a clean log and no faults before each test. */
export function useEmulator(options: EmulatorOptions = {}): () => Emulator {
  let azure: Emulator | undefined;
  beforeAll(async () => {
    azure = await startEmulator(options);
  });
  beforeEach(() => {
    azure?.reset();
  });
  afterAll(async () => {
    await azure?.close();
  });
  return () => {
    if (azure === undefined) throw new Error("The emulator has not been started yet.");
    return azure;
  };
}

/** A model on the emulator, signed in with its key. */
export function connect(azure: Emulator, fields: AzureOpenAIInput = {}): AzureOpenAI {
  return new AzureOpenAI({
    azureEndpoint: azure.endpoint,
    apiKey: azure.apiKey,
    deploymentName: WALKTHROUGH_DEPLOYMENT,
    ...fields,
  });
}

/** The bodies that an emulator was sent, in order. */
export function bodies(azure: Emulator): readonly Record<string, unknown>[] {
  return azure.requests.map(({ body }) => body as Record<string, unknown>); // the client sends objects
}

/** Reads a stream to its end. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
