import { KeptSockets } from "../../src/client/kept-sockets.js";
import { createNodeTransport } from "../../src/client/node-transport.js";
import type { Transport } from "../../src/client/wire.js";
import { readText } from "../../src/client/wire.js";
import { ANSWER, closeServices, failureOf, json, serve, type Service } from "./support.js";

afterEach(closeServices);

const answering = (): Promise<Service> => serve((response) => json(response, ANSWER));

function open(most: number): Transport {
  return createNodeTransport(new KeptSockets(most))!;
}

/** Asks a service and reads its answer to the end. */
async function ask(transport: Transport, service: Service, signal = new AbortController().signal) {
  await readText(await transport({ url: new URL(service.origin), headers: {}, body: "{}", signal }));
}

test("the socket of one service is kept until another service needs its place", async () => {
  const [first, second] = [await answering(), await answering()];
  const transport = open(1);
  await ask(transport, first);
  await ask(transport, first);
  expect([first.open(), first.connections()]).toEqual([1, 1]);
  await ask(transport, second);
  await first.idle();
  expect(second.open()).toBe(1);
});

test("what was used longest ago makes room", async () => {
  const [first, second, third] = [await answering(), await answering(), await answering()];
  const transport = open(2);
  for (const service of [first, second, first, third]) await ask(transport, service);
  await second.idle();
  expect([first.open(), third.open()]).toEqual([1, 1]);
});

test("sockets within the bound are all kept", async () => {
  const [first, second] = [await answering(), await answering()];
  const transport = open(2);
  for (const service of [first, second, first, second]) await ask(transport, service);
  expect([first.connections(), second.connections()]).toEqual([1, 1]);
});

test("a kept socket is used by another instance, and then counts as that one's", async () => {
  const [first, second] = [await answering(), await answering()];
  const [one, other] = [open(1), open(1)];
  await ask(one, first);
  await ask(other, first);
  expect(first.connections()).toBe(1);
  await ask(one, second);
  expect(first.open()).toBe(1);
  await ask(other, second);
  await first.idle();
  expect(second.connections()).toBe(1);
});

test("a socket that its service closes takes no place", async () => {
  const leaving = await serve((response) => json(response, ANSWER, 200, { connection: "close" }));
  const [first, second] = [await answering(), await answering()];
  const transport = open(3);
  await ask(transport, first);
  for (let time = 0; time < 4; time++) {
    await ask(transport, leaving);
    await leaving.idle();
  }
  await ask(transport, second);
  await ask(transport, first);
  expect(first.connections()).toBe(1);
});

test("a kept socket that its service closes takes no place any more", async () => {
  const [first, gone, second, third] = [
    await answering(),
    await answering(),
    await answering(),
    await answering(),
  ];
  const transport = open(3);
  for (const service of [first, gone]) await ask(transport, service);
  await gone.close();
  for (const service of [second, third, first]) await ask(transport, service);
  expect(first.connections()).toBe(1);
});

test("a request that is given up takes no place", async () => {
  const silent = await serve(() => undefined);
  const [first, second] = [await answering(), await answering()];
  const transport = open(2);
  await ask(transport, first);
  const controller = new AbortController();
  const given = failureOf(ask(transport, silent, controller.signal));
  while (silent.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  await given;
  await silent.idle();
  for (const service of [second, first]) await ask(transport, service);
  expect(first.connections()).toBe(1);
});
