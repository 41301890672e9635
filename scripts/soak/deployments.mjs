/** The deployments of the soak, by the operation that they serve. */
export const DEPLOYMENTS = {
  completions: ["words-a", "words-b"],
  chat: ["chat-a", "chat-b"],
  responses: ["replies-a", "replies-b"],
};
