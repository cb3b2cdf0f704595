/** Reads the lines of a deposit that is handed in. */
import type { CorrectedLine, NewDeposit } from "@jumpa-madu/contracts/http/deposits";
import type { Evidence, NewLine } from "@jumpa-madu/store/new-line";
import { parseMoment } from "../moments.ts";
import { ProblemError } from "../problem-error.ts";

type Line = CorrectedLine & Pick<NewDeposit["lines"][number], "printed">;

/** The lines as the store takes them. Throws ProblemError `invalid` when a weight is not `net_g`, or `gross_g` and `tare_g`. */
export function readLines(lines: Line[]): NewLine[] {
  return lines.map((line, index) => {
    const path = `/lines/${index}`;
    const evidence = readEvidence(line.evidence, path);
    return {
      material: line.material,
      weight: readWeight(line, evidence, path),
      evidence,
      printed:
        line.printed === undefined
          ? null
          : { priceIdrPerKg: line.printed.price_idr_per_kg, amountIdr: line.printed.amount_idr },
    };
  });
}

function readEvidence(evidence: Line["evidence"], path: string): Evidence {
  if ("of_line" in evidence) return { kind: "of_line", line: evidence.of_line };
  if ("typed" in evidence)
    return { kind: "typed", reason: evidence.typed.reason, scale: evidence.typed.scale ?? null };
  return {
    kind: "scale",
    scale: evidence.scale,
    raw: evidence.raw,
    stable: evidence.stable ?? null,
    verifiedUntilMs: parseMoment(evidence.verified_until, `${path}/evidence/verified_until`),
  };
}

function readWeight(
  { net_g: netG, gross_g: grossG, tare_g: tareG }: Line,
  { kind }: Evidence,
  path: string,
): NewLine["weight"] {
  if (kind === "of_line") {
    if (netG === undefined && grossG === undefined && tareG === undefined) return null;
    throw invalid(path, "of_line brings its own weight: leave net_g, gross_g and tare_g out");
  }
  if (grossG === undefined && tareG === undefined && netG !== undefined)
    return { grossG: null, tareG: null, netG };
  if (grossG === undefined || tareG === undefined)
    throw invalid(path, "a weight is net_g alone, or gross_g and tare_g");
  if (grossG <= tareG) throw invalid(path, "gross_g must be more than tare_g");
  if (netG !== undefined && netG !== grossG - tareG)
    throw invalid(path, `${grossG} g gross less ${tareG} g tare is not ${netG} g net`);
  return { grossG, tareG, netG: grossG - tareG };
}

function invalid(path: string, message: string): ProblemError {
  return new ProblemError("invalid", `${path}: ${message}`, { faults: [{ path, message }] });
}
