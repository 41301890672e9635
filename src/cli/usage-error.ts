/** The command line cannot work. Nothing was asked of the service; the help may help. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A file that the command line names cannot be used. Nothing was asked of the service. */
export class FileError extends Error {
  override readonly name = "FileError";
}
