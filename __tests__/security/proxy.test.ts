import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { findNodeWithProxies, NO_NODE_WITH_PROXIES } from "../support/node-with-proxies.js";
import { usePackedProject } from "../support/packed-project.js";

const node = findNodeWithProxies();
const describeOrSkip = node === undefined ? describe.skip : describe;
const why = node === undefined ? ` (${NO_NODE_WITH_PROXIES})` : "";

describeOrSkip(`a proxy of the environment${why}`, () => {
  const project = usePackedProject();

  test("is asked for a tunnel, and what goes through it is TLS", async () => {
    const heard: Buffer[] = [];
    const proxy = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (piece) => {
        heard.push(piece);
        if (heard.length === 1) socket.write("HTTP/1.1 200 OK\r\n\r\n");
        else socket.destroy();
      });
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`; // a server on a port has one
    const program = project().write(
      "ask.mjs",
      `import { AzureOpenAI } from "langchain-azure-openai";
       const llm = new AzureOpenAI({
         azureEndpoint: "https://res.openai.azure.com", apiKey: "the-secret-key", deploymentName: "d", maxRetries: 0,
       });
       await llm.invoke("the secret prompt").catch(() => undefined);`,
    );
    const env = { HTTPS_PROXY: url, HTTP_PROXY: url, NODE_USE_ENV_PROXY: "1" };
    await new Promise<void>((resolve) => {
      execFile(node ?? "", [program], { cwd: project().directory, env }, () => {
        resolve();
      });
    });
    proxy.close();

    const [head, hello] = heard;
    expect(String(head)).toMatch(/^CONNECT res\.openai\.azure\.com:443 HTTP\/1\.1\r\n/);
    // The first byte of a TLS handshake.
    expect(hello?.[0]).toBe(0x16);
    expect(Buffer.concat(heard).toString("latin1")).not.toMatch(/secret/);
  });
});
