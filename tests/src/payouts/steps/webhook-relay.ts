/** Takes a provider's webhooks in the treasury's place, and hands them on when a test wants it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A webhook as it came. */
export interface Relayed {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface WebhookRelay {
  readonly url: string;
  /** All that came since it was asked last, the oldest first. */
  take(): Relayed[];
  close(): Promise<void>;
}

/** Starts it. It answers 200 to everything. */
export async function startRelay(): Promise<WebhookRelay> {
  const taken: Relayed[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { host: _host, connection: _connection, ...headers } = request.headers;
      taken.push({
        path: request.url ?? "",
        headers: headers as Record<string, string>,
        body: Buffer.concat(chunks),
      });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => taken.splice(0),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Hands one on; the status, or null when nobody answers. */
export async function deliver({ path, headers, body }: Relayed, to: string): Promise<number | null> {
  try {
    const { "content-length": _length, ...rest } = headers;
    const answer = await fetch(`${to}${path}`, {
      method: "POST",
      headers: rest,
      body: Uint8Array.from(body),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return null;
  }
}
