import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

// Read before any test cleans the environment.
const python = process.env["AZURE_OPENAI_PYTHON"] ?? "";

/** `describe` where a Python with LangChain's class is at hand; else the tests are skipped. */
export const describePython = python === "" ? describe.skip : describe;

if (python === "") {
  process.stderr.write(
    "Skipped: the class against LangChain's Python class. Set AZURE_OPENAI_PYTHON to a Python with what __tests__/python/requirements.txt names.\n",
  );
}

// Python takes its time to import LangChain where there is little to run it on.
jest.setTimeout(120_000);

type Json = Record<string, unknown>;

/** What the Python class is to do: be made of options or loaded, and then asked. */
export interface PythonRequest {
  readonly options?: Json;
  /** What is loaded, instead of options. */
  readonly json?: string;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly prompts?: readonly string[];
  readonly stop?: readonly string[];
}

/** What the Python class showed, wrote and was answered. */
export interface PythonAnswer {
  /** The dictionary that it prints. */
  readonly view: Json;
  /** What `dumps` writes. */
  readonly json: string;
  /** The texts of each prompt. */
  readonly texts: readonly (readonly string[])[];
  /** What making it warned of. */
  readonly warnings: readonly string[];
}

/** Runs a script of this folder with no other environment than the given one. */
export function startPython(
  script: string,
  environment: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(python, [join(__dirname, script)], {
    env: { PATH: process.env["PATH"], PYTHONUTF8: "1", ...environment },
  });
  child.stderr.pipe(process.stderr);
  return child;
}

/** One Python process for a file's tests; what it returns asks the class, one request after the other. */
export function usePythonClass(): (request: PythonRequest) => Promise<PythonAnswer> {
  let child: ChildProcessWithoutNullStreams;
  let lines: AsyncIterator<string>;
  beforeAll(() => {
    child = startPython("python_class.py");
    lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  });
  afterAll(async () => {
    const ended = once(child, "close");
    child.stdin.end();
    await ended;
  });
  return async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await lines.next();
    if (line.done === true) throw new Error("Python has ended; its message is above.");
    const answer: PythonAnswer | { error: string } = JSON.parse(line.value);
    if ("error" in answer) throw new Error(answer.error);
    return answer;
  };
}
