// Measures one contender of one row: gets ready at the first message, and takes a sample at each one after it.

const [name = "", contender = "", endpoint = ""] = process.argv.slice(2);
/** @type {{ row: import("./row.mjs").Row }} */
const { row } = await import(`../rows/${name}.mjs`);

/** @type {(() => Promise<import("./row.mjs").Sample>) | undefined} */
let sample;

process.on("message", async () => {
  try {
    if (sample === undefined) {
      sample = await row.prepare({ contender, endpoint });
      process.send?.({});
    } else {
      process.send?.(await sample());
    }
  } catch (error) {
    process.send?.({ error: String(error instanceof Error ? error.stack : error) });
  }
});
process.on("disconnect", () => process.exit());
