/** Path of a port: a serial device of the machine, or a serial server on the network. */

/** Scheme of a serial server: raw bytes over TCP, as ser2net and serial-to-Ethernet boxes offer them. */
const TCP = "tcp://";

/** Where a port's bytes come from. */
export type PortPlace =
  | { readonly kind: "device"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** Reads a path: the place, or what is wrong with it, in words. */
export function parsePortPath(path: string): { ok: true; place: PortPlace } | { ok: false; fault: string } {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return { ok: true, place: { kind: "device", path } };
  const url = path.startsWith(TCP) ? URL.parse(path) : null;
  const port = Number(url?.port);
  const isBare = url !== null && `${TCP}${url.host}` === path;
  if (url === null || !isBare || url.hostname === "" || port < 1) {
    return {
      ok: false,
      fault: `path ${path} is neither a serial device such as /dev/ttyUSB0 nor tcp://host:port of a serial server`,
    };
  }
  return { ok: true, place: { kind: "tcp", host: url.hostname.replace(/^\[|\]$/g, ""), port } };
}

/** True for the path of a serial server, which has line settings of its own. */
export function isSerialServer(path: string): boolean {
  const parsed = parsePortPath(path);
  return parsed.ok && parsed.place.kind === "tcp";
}
