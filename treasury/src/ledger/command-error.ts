/** A command that was given wrongly: whoever gave it can mend it. */
export class CommandError extends Error {
  readonly code = "bad_command";

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "CommandError";
  }
}
