import { defineFaultRuns } from "./fault-runs-suite.ts";

defineFaultRuns("sqlite");
