import type { OperationName } from "../settings/settings.js";
import { chat } from "./chat.js";
import { completions } from "./completions.js";
import type { Operation } from "./operation.js";
import { responses } from "./responses.js";

/** Every operation by its name. */
export const operations: Readonly<Record<OperationName, Operation>> = { completions, chat, responses };
