/**
 * The CPU time that something takes, of all threads of this process, in milliseconds.
 *
 * @param {() => Promise<unknown>} run
 */
export async function cpuMs(run) {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
