/**
 * Calls a caller's listener.
 *
 * What it throws is written to the console, as LangChain does for its callbacks: it must cost nobody an
 * answer, nor the process its life.
 */
export function callListener(name: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    console.error(`Error in \`${name}\`:`, error);
  }
}
