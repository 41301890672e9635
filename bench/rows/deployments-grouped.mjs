import { overDeployments } from "../harness/deployments.mjs";

export const row = overDeployments(5000, 20, { first: 500, second: 300, third: 150, fourth: 50 });
