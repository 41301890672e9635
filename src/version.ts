/** The version of this package; the build puts the one of `package.json` here. */
export const VERSION: string = "0.0.0-source";
