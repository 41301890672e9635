// A program that starts an emulator and nothing else.

import { startEmulator } from "langchain-azure-openai/emulator";

const emulator = await startEmulator();
console.log(emulator.endpoint);
await emulator.close();
