import { inspect } from "node:util";
import fc from "fast-check";
import { AzureOpenAI } from "../../src/index.js";
import { outcomeOf } from "./outcome.js";
import { testProperty } from "./property.js";
import { callParameters, rightOptions } from "./right-options.js";

testProperty(
  "what printing shows after `Params: ` is JSON of the identifying parameters, on one line",
  fc.property(rightOptions, (options) => {
    const llm = new AzureOpenAI(options);
    const [name, params = "", ...rest] = String(llm).split("\n");
    expect(name).toBe("AzureOpenAI");
    expect(rest).toEqual([]);
    expect(params.startsWith("Params: ")).toBe(true);
    expect(JSON.parse(params.slice("Params: ".length))).toEqual(
      JSON.parse(JSON.stringify(llm.identifyingParams())),
    );
    expect(inspect(llm)).toBe(String(llm));
  }),
);

testProperty(
  "a model with any values among `modelKwargs` is refused, or prints JSON that parses",
  fc.property(
    fc.dictionary(
      fc.string(),
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withNullPrototype: true,
        withSparseArray: true,
      }),
    ),
    (modelKwargs) => {
      const outcome = outcomeOf(
        () => new AzureOpenAI({ instanceName: "res", deploymentName: "dep", apiKey: "a key", modelKwargs }),
      );
      if ("error" in outcome) return;
      const llm = outcome.value;
      JSON.parse(String(llm).split("Params: ")[1] ?? "");
      JSON.parse(JSON.stringify(llm));
      JSON.parse(llm._getSerializedCacheKeyParametersForCall({}));
    },
  ),
);

testProperty(
  "a call's options show in its parameters and leave the model as it was",
  fc.property(rightOptions, callParameters, (options, call) => {
    const llm = new AzureOpenAI(options);
    const before = `${String(llm)}${JSON.stringify(llm)}`;
    const outcome = outcomeOf(() => llm.invocationParams(call));
    if ("value" in outcome && call.seed !== undefined) expect(outcome.value["seed"]).toBe(call.seed);
    expect(`${String(llm)}${JSON.stringify(llm)}`).toBe(before);
  }),
);
