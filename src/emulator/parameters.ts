import { outOfBounds, unknownParameter, unrecognizedArgument, wrongLength, wrongType } from "./errors.js";

/** A JSON object of the wire. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells an object from an array, null and the rest. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Bounds of a number, both of them allowed values. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** Reads the fields of a request body; null is absent, and what is wrong is refused as the service does. */
export class Parameters {
  constructor(readonly body: JsonObject) {}

  has(name: string): boolean {
    return this.body[name] !== undefined && this.body[name] !== null;
  }

  integer(name: string, bounds: Bounds = {}): number | undefined {
    return this.readNumber(name, "integer", bounds);
  }

  number(name: string, bounds: Bounds = {}): number | undefined {
    return this.readNumber(name, "decimal", bounds);
  }

  boolean(name: string): boolean | undefined {
    return this.read(name, "boolean", "a boolean");
  }

  string(name: string): string | undefined {
    return this.read(name, "string", "a string");
  }

  object(name: string): JsonObject | undefined {
    const value = this.body[name];
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) throw wrongType(name, "an object", value);
    return value;
  }

  /** A string, or an array of them. */
  strings(name: string, length: Bounds = {}): readonly string[] | undefined {
    const value = this.body[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return [value];
    if (!Array.isArray(value)) throw wrongType(name, "a string or an array of strings", value);
    const { min = 0, max = Infinity } = length;
    if (value.length > max) throw wrongLength(name, "above", max, value.length);
    if (value.length < min) throw wrongLength(name, "below", min, value.length);
    return value.map((item: unknown, index) => {
      if (typeof item !== "string") throw wrongType(`${name}[${index}]`, "a string", item);
      return item;
    });
  }

  /** Refuses fields that the operation does not have. */
  refuseOthers(known: ReadonlySet<string>, words: "unknown" | "unrecognized"): void {
    for (const name of Object.keys(this.body)) {
      if (known.has(name)) continue;
      throw words === "unknown" ? unknownParameter(name) : unrecognizedArgument(name);
    }
  }

  private read(name: string, type: "boolean", expected: string): boolean | undefined;
  private read(name: string, type: "string", expected: string): string | undefined;
  private read(name: string, type: string, expected: string): unknown {
    const value = this.body[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== type) throw wrongType(name, expected, value);
    return value;
  }

  private readNumber(name: string, kind: "integer" | "decimal", bounds: Bounds): number | undefined {
    const value = this.body[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "number" || (kind === "integer" && !Number.isInteger(value))) {
      throw wrongType(name, kind === "integer" ? "an integer" : "a decimal", value);
    }
    const { min = -Infinity, max = Infinity } = bounds;
    if (value < min) throw outOfBounds(name, kind, "below", min, value);
    if (value > max) throw outOfBounds(name, kind, "above", max, value);
    return value;
  }
}
