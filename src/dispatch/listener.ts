/**
 * Calls a caller's listener.
 *
 * What it throws, at once or as a promise, is written to the console, as LangChain does for its callbacks: it must cost nobody an
 * answer, nor the process its life.
 */
export function callListener(name: string, call: () => unknown): void {
  const report = (error: unknown): void => console.error(`Error in \`${name}\`:`, error);
  try {
    const told = call();
    if (told instanceof Promise) told.catch(report);
  } catch (error) {
    report(error);
  }
}
