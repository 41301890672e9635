/** Reads one environment variable; `undefined` when it is absent or blank. */
export type Environment = (name: string) => string | undefined;

/** What the runtimes we know offer; each part may be missing. */
interface Runtime {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly Deno?: { readonly env?: { get(name: string): string | undefined } };
}

function tryRead(read: () => string | undefined): string | undefined {
  try {
    const trimmed = read()?.trim();
    return trimmed === "" ? undefined : trimmed;
  } catch {
    // Deno throws where it was not allowed to look: the variable is then as good as absent.
    return undefined;
  }
}

/**
 * Reads an environment variable now, trimmed; a blank one counts as absent.
 *
 * Works where there is no environment at all (browsers, workers) and where reading it is forbidden.
 */
export function readVariable(name: string): string | undefined {
  const runtime = globalThis as Runtime; // the globals of other runtimes are not in our types
  return tryRead(() => runtime.process?.env?.[name]) ?? tryRead(() => runtime.Deno?.env?.get(name));
}
