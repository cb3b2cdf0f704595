/**
 * Where an InfluxDB is: `influx://user:password@host:8086/database`, or `influx+https://…` for TLS.
 *
 * `?rp=` names the retention policy (`raw`). `?api=v2` writes to `/api/v2/write` in place of `/write`, for which
 * InfluxDB 2 also needs `&org=`. On InfluxDB 2 and 3 the password is the API token, the user may be any word.
 */
import { StoreError } from "../store-error.ts";

/** Port of InfluxDB 1 and 2. */
const PORT_DEFAULT = "8086";

/** Retention policy that raw points go to. */
const RETENTION_POLICY_DEFAULT = "raw";

export interface InfluxAddress {
  protocol: "http" | "https";
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number;
  database: string;
  retentionPolicy: string;
  /** Null when the URL has no user. */
  credentials: { user: string; password: string } | null;
  /** Path and query of the endpoint for writes. */
  writePath: string;
  /** Value of the header `authorization` for writes; null without credentials. */
  writeAuthorization: string | null;
}

/** Reads the URL of an InfluxDB. Throws StoreError `unsupported_url`, and never repeats the password. */
export function parseInfluxUrl(text: string): InfluxAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  const protocols: Readonly<Record<string, "http" | "https">> = {
    "influx:": "http",
    "influx+https:": "https",
  };
  const protocol = url ? protocols[url.protocol] : undefined;
  const database = url ? decodeURIComponent(url.pathname.slice(1)) : "";
  if (!url || !protocol || url.hostname === "" || database === "" || database.includes("/")) {
    throw new StoreError("unsupported_url", "expected influx://user:password@host:port/database");
  }
  const api = url.searchParams.get("api") ?? "v1";
  if (api !== "v1" && api !== "v2") throw new StoreError("unsupported_url", "api must be v1 or v2");
  const retentionPolicy = url.searchParams.get("rp") ?? RETENTION_POLICY_DEFAULT;
  const org = api === "v2" ? url.searchParams.get("org") : null;
  const credentials =
    url.username === ""
      ? null
      : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || PORT_DEFAULT),
    database,
    retentionPolicy,
    credentials,
    writePath: writePathOf({ api, database, retentionPolicy, org }),
    writeAuthorization: credentials && authorizationOf(org, credentials),
  };
}

/** Root of its HTTP interface, without credentials. */
export function baseUrlOf({ protocol, host, port }: InfluxAddress): string {
  return `${protocol}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function writePathOf(to: {
  api: "v1" | "v2";
  database: string;
  retentionPolicy: string;
  org: string | null;
}) {
  const query = new URLSearchParams({ precision: "ms" });
  if (to.api === "v1") {
    query.set("db", to.database);
    query.set("rp", to.retentionPolicy);
    return `/write?${query}`;
  }
  if (to.org !== null) query.set("org", to.org);
  query.set("bucket", `${to.database}/${to.retentionPolicy}`);
  return `/api/v2/write?${query}`;
}

/** InfluxDB 2, which alone has organisations, takes the bare token at `/api/v2`; all else takes Basic. */
function authorizationOf(org: string | null, of: { user: string; password: string }): string {
  if (org !== null) return `Token ${of.password}`;
  return `Basic ${Buffer.from(`${of.user}:${of.password}`).toString("base64")}`;
}
