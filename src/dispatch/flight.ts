import type { Dialect } from "../operations/operation.js";
import type { OperationName } from "../settings/settings.js";
import type { Deployment } from "./deployment.js";
import type { Parcel } from "./parcel.js";

/** One request that is out. */
export interface Flight {
  readonly parcel: Parcel;
  readonly deployment: Deployment;
  readonly operation: OperationName;
  readonly dialect: Dialect;
  /** The era of the deployment it was sent in. */
  readonly era: number;
  /** What it is like, for what is learnt of it. */
  readonly kind: string;
  readonly controller: AbortController;
  /** How many prompts went. */
  readonly size: number;
  /** How many of its prompts still want the answer. */
  wanted: number;
  /** True once nobody looks at what comes of it. */
  over: boolean;
  /** Set while the others wait for what this request finds out. */
  endProbe?: () => void;
}
