/** Asks a server on 127.0.0.1 whether it speaks yet. */
import { once } from "node:events";
import { connect } from "node:net";

/** Time that one probe waits for an answer. */
const PROBE_MS_MAX = 1_000;

/** True when the server accepts a connection and, where `send` is given, its answer begins with `expected`. */
export async function answersTcp(port: number, send?: string | Uint8Array, expected = ""): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  const signal = AbortSignal.timeout(PROBE_MS_MAX);
  try {
    await once(socket, "connect", { signal });
    if (send === undefined) return true;
    socket.write(send);
    const [chunk] = await once(socket, "data", { signal });
    return String(chunk).startsWith(expected);
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
