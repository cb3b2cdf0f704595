import { describe, expect, test } from "vitest";
import { HELP, parseOptions } from "./options.ts";

const faultsOf = (...args: string[]): string[] => {
  const parsed = parseOptions(args);
  return parsed === "help" || parsed.ok ? [] : parsed.faults;
};

describe("options of the simulator", () => {
  test("without options beside the database all have their defaults", () => {
    expect(parseOptions(["--database", "sqlite:x.sqlite"])).toMatchObject({
      ok: true,
      value: {
        shard: "s1",
        source: { kind: "database", url: "sqlite:x.sqlite" },
        bins: 100,
        scales: 2,
        binsPerNode: 1,
        everyS: 60,
        durationS: 60,
        seed: 1,
      },
    });
  });

  test("all faults are told at once", () => {
    expect(
      faultsOf("--bins", "1.5", "--every-s", "x", "--batch", "501", "--shard", "S 1", "--broker", "http://x"),
    ).toEqual([
      "give one of --database and --credentials",
      "--shard must be a name of a-z, 0-9 and -",
      "--broker must be mqtt://host:port or mqtts://host:port",
      "--bins must be a whole number from 0 to 200000",
      "--every-s must be a number from 0.05 to 86400",
      "--batch must be a whole number from 1 to 500",
    ]);
  });

  test.each([
    [["--database", "sqlite:x", "--credentials", "y"], "give one of"],
    [["--database", "mysql://x"], "--database must be"],
    [["--credentials", "x", "--save-credentials", "y"], "needs --database"],
    [["--database", "sqlite:x", "--bins", "0", "--scales", "0"], "both 0"],
    [["--database", "sqlite:x", "--bins", "60000"], "one process takes 50000"],
    [["--database", "sqlite:x", "--bins", ""], "--bins must be"],
    [["--bin", "5"], "Unknown option"],
    [["extra"], "Unexpected argument"],
  ])("%j is refused: %s", (args, fault) => {
    expect(faultsOf(...args).join("\n")).toContain(fault);
  });

  test("the help names every option with its range", () => {
    expect(parseOptions(["--help"])).toBe("help");
    for (const name of [
      "broker",
      "shard",
      "database",
      "credentials",
      "save-credentials",
      "bins",
      "scales",
      "seed",
    ]) {
      expect(HELP).toContain(`--${name} `);
    }
  });
});
