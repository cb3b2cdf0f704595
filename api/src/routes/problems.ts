/** How trouble looks in the description of every route. */
import { Problem } from "@jumpa-madu/contracts/problem";

/** To be spread into a route's `response`. */
export const PROBLEMS = { "4xx": Problem, "5xx": Problem } as const;
