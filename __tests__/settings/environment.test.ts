import { readVariable } from "../../src/settings/environment.js";

const NAME = "LANGCHAIN_AZURE_OPENAI_TEST";

function withGlobal<T>(name: "process" | "Deno", value: unknown, run: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  try {
    return run();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, before);
  }
}

afterEach(() => {
  Reflect.deleteProperty(process.env, NAME);
});

test("a variable is read when it is asked for, trimmed", () => {
  expect(readVariable(NAME)).toBeUndefined();
  process.env[NAME] = "  value\n";
  expect(readVariable(NAME)).toBe("value");
});

test.each([[""], ["  "], ["\n\t"]])("a blank variable (%j) is an absent one", (value) => {
  process.env[NAME] = value;
  expect(readVariable(NAME)).toBeUndefined();
});

test.each([[undefined], [{}], [{ env: undefined }]])(
  "without an environment (%j) there is no variable",
  (value) => {
    expect(withGlobal("process", value, () => readVariable(NAME))).toBeUndefined();
  },
);

test("Deno's environment is read where there is no process", () => {
  const deno = { env: { get: (name: string) => (name === NAME ? "deno's" : undefined) } };
  expect(withGlobal("process", undefined, () => withGlobal("Deno", deno, () => readVariable(NAME)))).toBe(
    "deno's",
  );
});

test("a forbidden look is an absent variable", () => {
  const refuse = (): never => {
    throw new Error("NotCapable: Requires env access");
  };
  const env = new Proxy({}, { get: refuse });
  const read = (): string | undefined =>
    withGlobal("process", { env }, () =>
      withGlobal("Deno", { env: { get: refuse } }, () => readVariable(NAME)),
    );
  expect(read()).toBeUndefined();
});
