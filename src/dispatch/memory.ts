import type { AzureOpenAIError } from "../errors.js";
import { plainDialect } from "../operations/detect.js";
import type { Dialect } from "../operations/operation.js";
import type { DeploymentSettings, OperationName } from "../settings/settings.js";

/** How many deployments are remembered by default. */
const DEFAULT_LIMIT = 1000;

/** How many kinds of request are remembered of one deployment. */
const KINDS_LIMIT = 200;

/** What was learnt of one deployment. */
export class Knowledge {
  #operation: OperationName | undefined;
  /** What the operations that it refused were told, while its operation is looked for. */
  readonly refusals = new Map<OperationName, AzureOpenAIError>();
  readonly #dialects = new Map<OperationName, Dialect>();
  readonly #proven = new Set<string>();
  readonly #impossible = new Map<string, { readonly error: AzureOpenAIError; readonly until: number }>();
  readonly #whenFree = new Set<() => void>();
  #probingSince: number | undefined;
  #probedForMs = 0;

  /** The operation it answers. */
  get operation(): OperationName | undefined {
    return this.#operation;
  }

  learnOperation(operation: OperationName): void {
    this.#operation = operation;
    this.refusals.clear();
  }

  /** Forgets which operation it answers, and how: it has changed. */
  unlearnOperation(): void {
    this.#operation = undefined;
    this.refusals.clear();
    this.#dialects.clear();
    this.#proven.clear();
    this.#impossible.clear();
  }

  /** How it wants an operation spoken. */
  dialect(operation: OperationName): Dialect {
    return this.#dialects.get(operation) ?? plainDialect;
  }

  /** Learns how it wants an operation spoken; whether that is all there is to it, one request finds out. */
  learnDialect(operation: OperationName, dialect: Dialect): void {
    this.#dialects.set(operation, dialect);
    this.#proven.clear();
    this.#impossible.clear();
  }

  /** True once a request of that kind was understood. */
  isProven(kind: string): boolean {
    return this.#proven.has(kind);
  }

  prove(kind: string): void {
    if (this.#proven.size >= KINDS_LIMIT) this.#proven.clear();
    this.#proven.add(kind);
  }

  /** Notes that its model cannot do what a request asks for, and what it said. */
  noteImpossible(exactKind: string, error: AzureOpenAIError, until: number): void {
    if (this.#impossible.size >= KINDS_LIMIT) this.#impossible.clear();
    this.#impossible.set(exactKind, { error, until });
  }

  /** True when there is something that it cannot do. */
  get hasImpossible(): boolean {
    return this.#impossible.size > 0;
  }

  /** What was said of such a request, as long as that is worth something. */
  impossibility(exactKind: string, now: number): AzureOpenAIError | undefined {
    const known = this.#impossible.get(exactKind);
    return known !== undefined && now < known.until ? known.error : undefined;
  }

  /** True while one request finds out for all. */
  get probing(): boolean {
    return this.#probingSince !== undefined;
  }

  /** Since when, while one does. */
  get probingSince(): number | undefined {
    return this.#probingSince;
  }

  /** How long the last one took. */
  get probedForMs(): number {
    return this.#probedForMs;
  }

  /** Sends one request ahead. Returns how to end that, which can be done more than once. */
  startProbe(began: number): (now: number) => void {
    this.#probingSince = began;
    let over = false;
    return (now) => {
      if (over) return;
      over = true;
      this.#probingSince = undefined;
      this.#probedForMs = now - began;
      const waiting = [...this.#whenFree];
      this.#whenFree.clear();
      for (const run of waiting) run();
    };
  }

  /** Calls once when the probe is over. The same function given twice is called once. */
  whenFree(run: () => void): void {
    this.#whenFree.add(run);
  }
}

/** What was learnt of deployments, the least recently used forgotten first. */
export class Memory {
  readonly #limit: number;
  readonly #known = new Map<string, Knowledge>();

  constructor(limit: number = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  /** What is known of a deployment; settings that reach the same one share it. */
  of(deployment: DeploymentSettings): Knowledge {
    const { baseURL, deploymentName = "", apiVersion = "", api } = deployment;
    const key = JSON.stringify([baseURL, deploymentName, apiVersion, api]);
    const knowledge = this.#known.get(key) ?? new Knowledge();
    this.#known.delete(key);
    this.#known.set(key, knowledge);
    const oldest = this.#known.keys().next();
    if (this.#known.size > this.#limit && oldest.done !== true) this.#known.delete(oldest.value);
    return knowledge;
  }
}

/** What this process has learnt. */
export const processMemory = new Memory();
