import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

/**
 * Leaves the wording of errors alone: what they must name is tested, how they say it is not.
 *
 * @type {import("@stryker-mutator/api/ignore").Ignorer}
 */
const messages = {
  shouldIgnore(path) {
    const worded =
      path.isStringLiteral() || (path.isTemplateLiteral() && path.node.expressions.every(isName));
    const holder =
      path.parentPath?.isBinaryExpression() === true ? path.parentPath.parentPath : path.parentPath;
    const error =
      worded && holder?.isNewExpression() === true && holder.get("callee").toString().endsWith("Error");
    return error ? "the wording of an error" : undefined;
  },
};

/** @param {{ type: string }} node */
function isName({ type }) {
  return type === "Identifier" || type === "MemberExpression";
}

/** What Stryker finds here. */
export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "messages", messages)];
