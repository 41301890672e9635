/** What the command's exit code tells. */
export const EXIT = {
  /** Everything worked. */
  fine: 0,
  /** The service, the network or the disk failed, or some lines of a batch did. */
  failed: 1,
  /** Command line, settings or input cannot work; nothing was asked. */
  usage: 2,
  /** Ended by Ctrl-C. */
  interrupted: 130,
  /** Ended by SIGTERM. */
  terminated: 143,
} as const;
