/** What tests of ingest share: an Aedes on a free port, with the work-around for its dedupe. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Aedes } from "aedes";

export interface TestBroker {
  readonly url: string;
  readonly aedes: Aedes;
  /** Messages that the broker still holds for a client: without PUBACK, or not sent yet. */
  held(clientId: string): Promise<number>;
  /** Cuts every connection, as a network would. */
  cut(): void;
  close(): Promise<void>;
}

export async function startTestBroker(): Promise<TestBroker> {
  const aedes = await Aedes.createBroker();
  // Aedes drops messages that overtook each other as duplicates; a node's own duplicates never reach it.
  aedes.on("client", (client) => {
    const none = new Proxy({}, { get: () => 0, set: () => true, deleteProperty: () => true });
    Object.assign(client, { duplicates: none });
  });
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    aedes.handle(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    aedes,
    async held(clientId) {
      // Aedes's types leave its persistence out.
      const persistence = Reflect.get(aedes, "persistence");
      let count = 0;
      for await (const _packet of persistence.outgoingStream({ id: clientId })) count++;
      return count;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      server.close();
    },
  };
}
