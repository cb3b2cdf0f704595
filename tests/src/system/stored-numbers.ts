/** Which sequence numbers of a node are points of the telemetry store: the proof that none is missing or twice. */
import { DatabaseSync } from "node:sqlite";
import { READING_SCHEMAS } from "@jumpa-madu/contracts/readings";

const MEASUREMENTS = Object.keys(READING_SCHEMAS);

/** Numbers of all points of `node`, in rising order, each as often as it is stored. Asks the engine itself. */
export async function storedNumbers(telemetryUrl: string, node: string): Promise<number[]> {
  const numbers = telemetryUrl.startsWith("sqlite:")
    ? numbersInSqlite(telemetryUrl.slice("sqlite:".length), node)
    : await numbersInInflux(telemetryUrl, node);
  return numbers.sort((a, b) => a - b);
}

function numbersInSqlite(file: string, node: string): number[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return MEASUREMENTS.flatMap((measurement) =>
      database
        .prepare(`SELECT seq FROM ${measurement} WHERE node = ?`)
        .all(node)
        .map(({ seq }) => Number(seq)),
    );
  } finally {
    database.close();
  }
}

async function numbersInInflux(telemetryUrl: string, node: string): Promise<number[]> {
  const { host, pathname } = new URL(telemetryUrl);
  const numbers: number[] = [];
  for (const measurement of MEASUREMENTS) {
    const q = `SELECT seq FROM raw.${measurement} WHERE node = '${node}'`;
    const query = new URLSearchParams({ db: pathname.slice(1), epoch: "ms", q });
    const answer: InfluxAnswer = await (await fetch(`http://${host}/query?${query}`)).json();
    for (const { values } of answer.results[0]?.series ?? []) numbers.push(...values.map(([, seq]) => seq));
  }
  return numbers;
}

interface InfluxAnswer {
  results: { series?: { values: [number, number][] }[] }[];
}
