import { wrap } from "./wrap.js";

/** How each thing that is missing is given on the command line, and in a shell for all commands after. */
const WAYS: readonly (readonly [missing: string, ...ways: string[]])[] = [
  ["No endpoint:", "--endpoint URL", "export AZURE_OPENAI_ENDPOINT=https://NAME.openai.azure.com"],
  ["No deployment:", "--deployment NAME", "export AZURE_OPENAI_API_DEPLOYMENT_NAME=NAME"],
  ["No sign-in:", "--credential default", "export AZURE_OPENAI_API_KEY=KEY"],
];

const HANG = "  ";

/** The problems of a settings error, a bullet for each, with what to type here. */
export function formatProblems(message: string, bullet: string, width: number): string[] {
  return message.split("\n").flatMap((problem) => {
    // Colours count as if seen, so that nobody wraps the first line again.
    const lines = wrap(problem, width - bullet.length - 1).map(
      (line, index) => `${index === 0 ? `${bullet} ` : HANG}${line}`,
    );
    const known = WAYS.find(([missing]) => problem.startsWith(missing));
    if (known === undefined) return lines;
    const [, ...ways] = known;
    return [...lines, `${HANG}Here:`, ...ways.map((way) => `${HANG}${HANG}${way}`)];
  });
}
