/** The code that the system gives an error; by shape, as an error may be of another realm (a test runner). */
export function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null | undefined)?.code; // it is only looked at
}
