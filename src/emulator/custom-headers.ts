import { otherStatus, type Refusal } from "./errors.js";

/** More are answered 431, as Microsoft documents. */
const MOST = 10;

/** What clients, proxies and Azure itself know: registered names, and families of them. */
const KNOWN =
  /^(?:accept(?:-.*)?|access-control-.*|api-key|authorization|baggage|cache-control|connection|content-.*|cookie|date|dnt|expect|forwarded|from|host|if-.*|keep-alive|max-forwards|ocp-apim-.*|openai-.*|origin|pragma|prefer|priority|proxy-.*|range|referer|sec-.*|te|traceparent|tracestate|trailer|transfer-encoding|upgrade(?:-.*)?|user-agent|via|warning|x-forwarded-.*|x-ms-.*|x-policy-id|x-stainless-.*)$/;

/**
 * Refuses a request with more headers of the caller's own than Azure passes on.
 *
 * Which ones Azure counts is documented no more than the body of its refusal. Here it is those that nobody else knows.
 */
export function refuseCustomHeaders(headers: Readonly<Record<string, string>>): Refusal | undefined {
  const custom = Object.keys(headers).filter((name) => !KNOWN.test(name));
  if (custom.length <= MOST) return undefined;
  return otherStatus(
    431,
    `The request has ${custom.length} custom headers, and at most ${MOST} are passed on.`,
  );
}
