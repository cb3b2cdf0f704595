import { defineKillSteps } from "./kill-steps-suite.ts";

defineKillSteps("sqlite");
