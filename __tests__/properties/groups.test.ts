import fc from "fast-check";
import { AzureOpenAI, AzureOpenAIError } from "../../src/index.js";
import type { OperationName } from "../../src/settings/settings.js";
import { testProperty } from "./property.js";
import { textFor } from "./scripted-answers.js";
import {
  type Fault,
  POISON,
  type Script,
  type ScriptedService,
  startScriptedService,
} from "./scripted-service.js";

let service: ScriptedService;
beforeAll(async () => {
  service = await startScriptedService();
});
afterAll(async () => {
  await service.close();
});

const passing: readonly Fault[] = ["429", "500", "503", "408", "reset", "html", "cut"];
const faults = fc.array(fc.constantFrom<Fault>("none", "no-choices", ...passing), { maxLength: 12 });
const plans = fc.record({
  operation: fc.constantFrom<OperationName>("completions", "completions", "chat", "responses"),
  streaming: fc.boolean(),
  prompts: fc.integer({ min: 1, max: 12 }),
  batchSize: fc.integer({ min: 1, max: 6 }),
  deployments: fc.integer({ min: 1, max: 3 }),
  maxRetries: fc.integer({ min: 0, max: 3 }),
  maxConcurrency: fc.constantFrom(1, 2, 256),
});
type Plan = typeof plans extends fc.Arbitrary<infer T> ? T : never;

let played = 0;

/** Asks all prompts in one batch of a model that no case before has taught anything. */
async function play(
  { operation, streaming, deployments, ...options }: Omit<Plan, "prompts">,
  prompts: readonly string[],
  script: Script,
): Promise<readonly (string | Error)[]> {
  const names = Array.from({ length: deployments }, (_, index) => `case-${played}-${index}`);
  played++;
  service.play(names, script);
  const llm = new AzureOpenAI({
    azureEndpoint: service.endpoint,
    apiKey: "a key",
    deployments: names.map((deploymentName) => ({ deploymentName })),
    operation,
    streaming,
    maxRetryDelay: 5,
    ...options,
  });
  return llm.batch([...prompts], {}, { returnExceptions: true });
}

function nameAll(count: number, poisoned: ReadonlySet<number> = new Set()): string[] {
  return Array.from({ length: count }, (_, at) => `prompt ${at}${poisoned.has(at) ? ` ${POISON}` : ""}`);
}

testProperty(
  "whatever fails, each prompt gets its own answer, sent once, or an error of ours",
  fc.asyncProperty(
    plans,
    faults,
    fc.array(fc.nat({ max: 11 }), { maxLength: 3 }),
    async ({ prompts: count, ...plan }, plannedFaults, poisoned) => {
      const prompts = nameAll(count, new Set(poisoned));
      const script: Script = { faults: [...plannedFaults], answered: new Map() };
      const answers = await play(plan, prompts, script);
      expect(answers).toHaveLength(count);
      prompts.forEach((prompt, at) => {
        const answer = answers[at];
        const times = script.answered.get(prompt) ?? 0;
        if (answer instanceof Error) {
          expect(AzureOpenAIError.isInstance(answer)).toBe(true);
          expect(times).toBe(0);
        } else {
          expect(answer).toBe(textFor(prompt));
          expect(times).toBe(1);
        }
        if (prompt.includes(POISON)) expect(answer).toBeInstanceOf(Error);
      });
    },
  ),
);

testProperty(
  "no more failures than retries, and every prompt is answered",
  fc.asyncProperty(
    plans,
    fc.array(fc.constantFrom(...passing), { maxLength: 4 }),
    async ({ prompts: count, ...plan }, plannedFaults) => {
      const prompts = nameAll(count);
      const script: Script = { faults: [...plannedFaults], answered: new Map() };
      const answers = await play({ ...plan, maxRetries: plannedFaults.length }, prompts, script);
      expect(answers).toEqual(prompts.map(textFor));
    },
  ),
);

testProperty(
  "prompts that the service refuses fail by themselves, and all others are answered",
  fc.asyncProperty(
    plans,
    fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 4 }),
    async ({ prompts: count, ...plan }, poisoned) => {
      const prompts = nameAll(count, new Set(poisoned));
      const answers = await play(plan, prompts, { faults: [], answered: new Map() });
      prompts.forEach((prompt, at) => {
        if (prompt.includes(POISON)) expect(answers[at]).toMatchObject({ code: "invalid_request" });
        else expect(answers[at]).toBe(textFor(prompt));
      });
    },
  ),
);
