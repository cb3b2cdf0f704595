/** Configuration of programs that need the database alone. */
import { type Environment, readEnvironment } from "@jumpa-madu/contracts/environment";
import type { Checked } from "@jumpa-madu/contracts/validate";
import Type, { type Static } from "typebox";

export const DatabaseConfig = Type.Object({
  DATABASE_URL: Type.String({
    pattern: "^(sqlite:.+|postgres(ql)?://.+)",
    description: "sqlite:/path/to/file or postgres://user:password@host:5432/database",
  }),
});

/** Reads it, or lists what is wrong. */
export function loadDatabaseConfig(environment: Environment): Checked<Static<typeof DatabaseConfig>> {
  return readEnvironment(DatabaseConfig, environment);
}
