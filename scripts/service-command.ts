/** How a service is started: as `package.json` says, so that the options of Node stand in one place. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const MANIFEST = join(import.meta.dirname, "..", "package.json");

/** A command as package.json has it: variables, Node by way of `node.mjs`, parameters. */
const COMMAND = /^((?:[A-Z_]+=\S+ )*)node scripts\/node\.mjs (.+)$/;

/** Parameters for Node, and variables beside those of the process. */
export interface ServiceCommand {
  parameters: string[];
  environment: Record<string, string>;
}

/** Command of the npm script of this name. Throws when there is none, or it does not start Node. */
export function serviceCommand(name: string): ServiceCommand {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(MANIFEST, "utf8"));
  const [, variables, parameters] = COMMAND.exec(scripts[name] ?? "") ?? [];
  if (variables === undefined || parameters === undefined)
    throw new Error(`package.json has no service ${name}`);
  const pairs = variables.trim() === "" ? [] : variables.trim().split(" ");
  return {
    parameters: parameters.split(" "),
    environment: Object.fromEntries(pairs.map((pair) => pair.split("=", 2))),
  };
}
