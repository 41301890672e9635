import { encodingFor } from "../../src/tokens/encoding.js";

test.each([
  ["gpt-35-turbo-instruct", "cl100k_base"],
  ["gpt-35-turbo-instruct-0914", "cl100k_base"],
  ["gpt-3.5-turbo-instruct", "cl100k_base"],
  ["gpt-35-turbo", "cl100k_base"],
  ["gpt-35-turbo-16k", "cl100k_base"],
  ["GPT-4", "cl100k_base"],
  ["gpt-4-32k", "cl100k_base"],
  ["gpt-4-turbo-2024-04-09", "cl100k_base"],
  ["davinci-002", "cl100k_base"],
  ["babbage-002", "cl100k_base"],
  ["gpt-35-turbo-0613.ft-0123456789abcdef", "cl100k_base"],
  ["ft:gpt-3.5-turbo:org::id", "cl100k_base"],
  ["gpt-4o", "o200k_base"],
  ["gpt-4o-2024-08-06", "o200k_base"],
  ["gpt-4o-mini", "o200k_base"],
  ["ft:gpt-4o-mini-2024-07-18:org::id", "o200k_base"],
  ["chatgpt-4o-latest", "o200k_base"],
  ["gpt-4.1-nano-2025-04-14", "o200k_base"],
  ["gpt-4.5-preview", "o200k_base"],
  ["gpt-5", "o200k_base"],
  ["gpt-5.4-mini", "o200k_base"],
  ["gpt-chat-latest", "o200k_base"],
  ["gpt-oss-120b", "o200k_base"],
  ["o1", "o200k_base"],
  ["o3-mini", "o200k_base"],
  ["o4-mini-2025-04-16", "o200k_base"],
  ["codex-mini", "o200k_base"],
])("%s counts in its own encoding, %s", (model, name) => {
  expect(encodingFor(model)).toEqual({ name, exact: true });
});

test.each(["text-davinci-003", "code-davinci-002", "text-curie-001", "ada", "code-cushman-001"])(
  "%s, whose encoding is not carried, counts in cl100k_base and says so",
  (model) => {
    expect(encodingFor(model)).toEqual({ name: "cl100k_base", exact: false });
  },
);

test.each([undefined, "", "my-model", "DeepSeek-V3", "toString"])(
  "the unknown model %j counts in o200k_base and says so",
  (model) => {
    expect(encodingFor(model)).toEqual({ name: "o200k_base", exact: false });
  },
);
