/**
 * One thing that was looked at: what is wrong with it (empty where nothing is), or why it was skipped.
 *
 * @typedef {{ name: string, complaint: string } | { name: string, skipped: string }} Check
 */

/**
 * Where the programs are, and the service that they talk to.
 *
 * @typedef {{ directory: string, emulator: import("langchain-azure-openai/emulator").Emulator }} Place
 */

export {};
