/** System packages that the tests need: real servers, a real browser, a real pseudo-terminal pair. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Debian package, and how to tell that it is there. */
const PACKAGES: { name: string; isPresent: () => boolean }[] = [
  { name: "influxdb", isPresent: () => existsSync("/usr/bin/influxd") },
  { name: "postgresql", isPresent: () => hasPostgresqlServer() },
  { name: "redis-server", isPresent: () => isOnPath("redis-server") },
  { name: "mosquitto", isPresent: () => isOnPath("mosquitto") },
  { name: "chromium", isPresent: () => isOnPath("chromium") },
  { name: "socat", isPresent: () => isOnPath("socat") },
  { name: "openssl", isPresent: () => isOnPath("openssl") },
];

/** The InfluxDB whose `/api/v2/write` the tests use when Go is there to build it. */
const INFLUXDB_MODULE = "github.com/influxdata/influxdb/cmd/influxd@v1.8.10";

/** Written for the time of an installation, so that packages do not start services of their own. */
const POLICY_FILE = "/usr/sbin/policy-rc.d";

/** Names of the packages that are missing. */
export function missingPackages(): string[] {
  return PACKAGES.filter(({ isPresent }) => !isPresent()).map(({ name }) => name);
}

/** Installs Debian packages with apt-get; needs root. Throws when apt-get fails. What it prints goes to stderr. */
export function installPackages(names: string[]): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = (...parameters: string[]) =>
    execFileSync("apt-get", parameters, {
      env: environment,
      stdio: ["ignore", process.stderr, process.stderr],
    });
  const hadPolicy = existsSync(POLICY_FILE);
  if (!hadPolicy) writeFileSync(POLICY_FILE, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    run("update", "-qq");
    run("install", "-y", "-qq", "--no-install-recommends", ...names);
  } finally {
    if (!hadPolicy) rmSync(POLICY_FILE);
  }
}

/** Builds InfluxDB 1.8 with Go when Go is there and the binary is not. Answers what was done, in words. */
export function buildInfluxdb18(): string {
  const go = spawnSync("go", ["env", "GOPATH"], { encoding: "utf8" });
  if (go.status !== 0) return "Go is not installed: InfluxDB 1.8 is not tested";
  if (existsSync(join(go.stdout.trim(), "bin", "influxd"))) return "InfluxDB 1.8 is there";
  const built = spawnSync("go", ["install", INFLUXDB_MODULE], {
    stdio: ["ignore", "ignore", process.stderr],
  });
  return built.status === 0 ? "InfluxDB 1.8 was built" : "InfluxDB 1.8 could not be built and is not tested";
}

function isOnPath(program: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return folders.some((folder) => existsSync(join(folder, program)));
}

function hasPostgresqlServer(): boolean {
  const root = "/usr/lib/postgresql";
  return (
    existsSync(root) && readdirSync(root).some((version) => existsSync(join(root, version, "bin", "initdb")))
  );
}
