import type { RunnableConfig } from "@langchain/core/runnables";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import { IterableReadableStream } from "@langchain/core/utils/stream";

/**
 * Opens a stream as LangChain's own `stream()` does: it resolves with the first piece, and fails with
 * what comes before it.
 *
 * LangChain makes up its tracing context anew for every piece, from the environment, which costs as
 * much as reading the piece. Here only the first one, with which everything is set up, is asked for
 * in that context: the model needs it for nothing later.
 */
export async function openStream<Config extends RunnableConfig>(
  config: Config,
  iterate: (config: Config) => AsyncGenerator<string>,
): Promise<IterableReadableStream<string>> {
  const pieces = iterate(config);
  let held: IteratorResult<string> | undefined = await AsyncLocalStorageProviderSingleton.runWithConfig(
    config,
    () => pieces.next(),
    true,
  );
  return new IterableReadableStream<string>({
    async pull(controller) {
      const piece = held ?? (await pieces.next());
      held = undefined;
      if (piece.done === true) controller.close();
      else controller.enqueue(piece.value);
    },
    async cancel(reason) {
      await pieces.return(reason);
    },
  });
}
