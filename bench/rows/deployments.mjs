import { overDeployments } from "../harness/deployments.mjs";

export const row = overDeployments(1000, 1, { large: 2400, medium: 1200, small: 400 });
