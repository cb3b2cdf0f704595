import { expect, test } from "vitest";
import { closeInTime } from "./close-in-time.ts";

test.each([
  ["closes its clients", (done?: () => void) => done?.()],
  ["hangs, such as on a persistence that is away", () => {}],
])("every socket is destroyed in the end when Aedes %s", async (_name, close) => {
  let destroyed = 0;
  const socket = { destroy: () => destroyed++ };
  await closeInTime({ close }, [socket, socket] as never, 20);
  expect(destroyed).toBe(2);
});
