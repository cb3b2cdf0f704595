import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { GatheringSocket } from "./gathering-socket.ts";

it("sends what is written in one turn in one piece, and holds nothing back after it", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  const connected = once(server, "connection") as Promise<[Socket]>;
  const socket = new GatheringSocket().connect(address.port, "127.0.0.1");
  try {
    const [peer] = await connected;
    await once(socket, "ready");
    const pieces: string[] = [];
    peer.on("data", (bytes) => void pieces.push(bytes.toString()));
    for (const words of [
      ["a", "b", "c"],
      ["d", "e"],
    ]) {
      for (const word of words) {
        socket.cork();
        socket.write(word);
        socket.uncork();
      }
      await once(peer, "data");
    }
    expect(pieces).toEqual(["abc", "de"]);
  } finally {
    socket.destroy();
    server.close();
  }
});
