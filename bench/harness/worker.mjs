// Measures one contender of one row, a sample for each message.

const [name = "", contender = "", endpoint = ""] = process.argv.slice(2);
/** @type {{ row: import("./row.mjs").Row }} */
const { row } = await import(`../rows/${name}.mjs`);

/** @type {(() => Promise<import("./row.mjs").Sample>) | undefined} */
let sample;

process.on("message", async () => {
  try {
    sample ??= await row.prepare({ contender, endpoint });
    process.send?.(await sample());
  } catch (error) {
    process.send?.({ error: String(error instanceof Error ? error.stack : error) });
  }
});
process.on("disconnect", () => process.exit());
