const OURS = /^(AZURE_|OPENAI_|IDENTITY_|MSI_|HTTPS?_PROXY|ALL_PROXY|LANGCHAIN_|LANGSMITH_)/i;

/**
 * Runs each test of a file with none of the variables that configure the package, and puts them back
 * afterwards. What a test sets itself is taken away, too.
 */
export function useCleanEnvironment(): void {
  let saved: NodeJS.ProcessEnv;
  beforeEach(() => {
    saved = { ...process.env };
    for (const name of Object.keys(process.env)) if (OURS.test(name)) delete process.env[name];
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
    Object.assign(process.env, saved);
  });
}
