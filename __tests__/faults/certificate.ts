import { generateKeyPairSync, sign } from "node:crypto";

/** A key and a certificate for 127.0.0.1 and `*.service.invalid` that it has signed itself. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

let made: Certificate | undefined;

/** Makes one for the process: Node has no means to, and a key in the repository would be one too many. */
export function makeCertificate(): Certificate {
  return (made ??= signCertificate());
}

function signCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)); // ecdsa-with-SHA256
  const name = sequence(set(sequence(objectId(0x55, 0x04, 0x03), encode(0x0c, Buffer.from("127.0.0.1")))));
  const validity = sequence(date("200101000000Z"), date("491231235959Z"));
  const isAuthority = sequence(objectId(0x55, 0x1d, 0x13), octets(sequence(encode(0x01, Buffer.of(0xff)))));
  const address = encode(0x87, Buffer.of(127, 0, 0, 1));
  const hosts = encode(0x82, Buffer.from("*.service.invalid"));
  const alternativeName = sequence(objectId(0x55, 0x1d, 0x11), octets(sequence(address, hosts)));
  const body = sequence(
    encode(0xa0, encode(0x02, Buffer.of(2))), // version 3
    encode(0x02, Buffer.of(1)), // serial number
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    encode(0xa3, sequence(isAuthority, alternativeName)),
  );
  const signature = encode(0x03, Buffer.concat([Buffer.of(0), sign("sha256", body, privateKey)]));
  const certificate = sequence(body, algorithm, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`,
  };
}

/** A value in DER, the form that certificates are written in: its tag, its length, and what it holds. */
function encode(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

const sequence = (...contents: readonly Uint8Array[]): Buffer => encode(0x30, ...contents);
const set = (...contents: readonly Uint8Array[]): Buffer => encode(0x31, ...contents);
const octets = (content: Uint8Array): Buffer => encode(0x04, content);
const objectId = (...bytes: readonly number[]): Buffer => encode(0x06, Buffer.from(bytes));
const date = (text: string): Buffer => encode(0x17, Buffer.from(text));
