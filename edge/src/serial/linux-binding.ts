/**
 * Two things that serialport's binding for Linux does not do well, done from outside on one open port.
 *
 * It hands a readable port on from native code as a plain call, after which Node 26.4 and later no longer runs promises: they
 * wait for the next timer, be it a minute away (node-serialport issue 3148, bindings-cpp pull request 239). An immediate that
 * does nothing ends that wait in the same turn of the loop.
 *
 * And it reads before it polls, in the thread pool: three calls for each piece that comes, of which two find nothing. Here
 * the port is polled first, and read at once by the loop itself, which cannot be held up: what is polled as readable does not block. For
 * all that is not plain bytes the binding's own way is taken.
 */
import { EventEmitter } from "node:events";
import { readSync } from "node:fs";
import type { SerialPort } from "serialport";

/** What the native part tells of, each of which promises wait for. */
const EVENTS = ["readable", "writable", "disconnect"] as const;

type Binding = NonNullable<SerialPort["port"]>;

/** Mends the binding of a port. To be called once, when it has opened; a binding of another make is left alone. */
export function mendBinding({ port: binding }: SerialPort): void {
  if (binding === undefined) return;
  const poller: unknown = Reflect.get(binding, "poller");
  if (!(poller instanceof EventEmitter)) return;
  for (const event of EVENTS) poller.on(event, () => void setImmediate(() => {}));

  const read: Binding["read"] = binding.read.bind(binding);
  binding.read = async (buffer, offset, length) => {
    await readable(poller);
    const bytesRead = readNow(Reflect.get(binding, "fd"), buffer.subarray(offset, offset + length));
    return bytesRead > 0 ? { buffer, bytesRead } : await read(buffer, offset, length);
  };
}

/** Waits until there is something to read. Rejects as the binding's own waiting does, when the port is closed meanwhile. */
async function readable(poller: EventEmitter): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  poller.once("readable", (error: Error | null) => (error === null ? resolve() : reject(error)));
  await promise;
}

/** Bytes that were read now; 0 when that did not go well, of which the binding's own way finds out why. */
function readNow(descriptor: unknown, into: Uint8Array): number {
  if (typeof descriptor !== "number") return 0;
  try {
    return readSync(descriptor, into);
  } catch {
    return 0;
  }
}
