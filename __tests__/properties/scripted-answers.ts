/** What a prompt is answered. */
export function textFor(prompt: string): string {
  return `the answer to ${prompt}`;
}

interface RequestBody {
  readonly prompt?: string[];
  readonly messages?: { content: string }[];
  readonly input?: string;
}

/** The prompts of a request, whatever its operation. */
export function promptsOf(body: RequestBody): string[] {
  const { prompt, messages, input } = body;
  return prompt ?? [input ?? messages?.at(-1)?.content ?? ""];
}

/** A right answer in the form of the request's operation, streamed where that was asked for. */
export function answerWhole(body: RequestBody & { stream?: unknown }, prompts: readonly string[]): Buffer {
  return Buffer.from(body.stream === true ? streamed(body, prompts) : JSON.stringify(whole(body, prompts)));
}

function whole({ messages, input }: RequestBody, prompts: readonly string[]): object {
  const usage = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 };
  if (input !== undefined) {
    const content = [{ type: "output_text", text: textFor(input) }];
    return { status: "completed", output: [{ type: "message", content }] };
  }
  const choices = prompts.map((prompt, index) => ({
    index,
    finish_reason: "stop",
    ...(messages === undefined ? { text: textFor(prompt) } : { message: { content: textFor(prompt) } }),
  }));
  return { id: "an-id", choices: choices.reverse(), usage };
}

function streamed({ messages, input }: RequestBody, [prompt = ""]: readonly string[]): string {
  const texts = [textFor(prompt).slice(0, 5), textFor(prompt).slice(5)];
  const frames =
    input === undefined
      ? [
          ...texts.map((text) => ({
            choices: [{ index: 0, ...(messages === undefined ? { text } : { delta: { content: text } }) }],
          })),
          "[DONE]",
        ]
      : [
          ...texts.map((delta) => ({ type: "response.output_text.delta", delta })),
          { type: "response.completed", response: { status: "completed", output: [] } },
        ];
  return frames
    .map((frame) => `data: ${typeof frame === "string" ? frame : JSON.stringify(frame)}\n\n`)
    .join("");
}
