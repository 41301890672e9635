import { Converter, ReflectionKind } from "typedoc";

/**
 * Leaves out of the reference what its readers do not call: what a class inherits, which its base shows, and what
 * LangChain alone calls (`_generate`, `lc_aliases`).
 *
 * @param {import("typedoc").Application} app
 */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of Object.values(project.reflections)) {
      if (reflection.parent?.kind !== ReflectionKind.Class) continue;
      const inherited = "inheritedFrom" in reflection && reflection.inheritedFrom !== undefined;
      const langChains = /^(_|lc_|\[)/.test(reflection.name);
      if (inherited || langChains) project.removeReflection(reflection);
    }
  });
}
