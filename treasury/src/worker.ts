/**
 * The worker: claims jobs and works on a bounded number of them at once.
 *
 * Several workers may run, in one process or many: each job is claimed by one, for the time of a lease. A worker that dies at
 * any point leaves nothing but a lease that runs out.
 */

import { pause, Wake } from "@jumpa-madu/contracts/wake";
import { claimJob } from "@jumpa-madu/store/claim-job";
import { JOB_KINDS, type Job, type JobKind } from "@jumpa-madu/store/jobs";
import { workInbox } from "./jobs/inbox.ts";
import { inquire } from "./jobs/inquire.ts";
import type { JobParts } from "./jobs/job-parts.ts";
import { lookUp } from "./jobs/look-up.ts";
import { submit } from "./jobs/submit.ts";
import { PROVIDER_TIMEOUT_MS } from "./provider-fetch.ts";
import { TURN_WAIT_MS_MAX } from "./provider-line.ts";

/** How long a job is held, in milliseconds: the longest call, and as much again for the books. */
export const LEASE_MS = 2 * (PROVIDER_TIMEOUT_MS + TURN_WAIT_MS_MAX);

/** Longest time between two looks for a job that is due, in milliseconds. */
export const LOOK_EVERY_MS = 1_000;

/** Time until the next look after the database failed, in milliseconds. */
const TROUBLE_PAUSE_MS = 5_000;

/** How the worker works. */
export interface WorkerOptions {
  /** Names this worker at the jobs that it holds; no other that runs may have it. */
  id: string;
  jobsAtOnceMax: number;
  /** LEASE_MS when absent. */
  leaseMs?: number;
  /** LOOK_EVERY_MS when absent. */
  lookEveryMs?: number;
}

const WORK: Readonly<Record<JobKind, (parts: JobParts, job: Job) => Promise<void>>> = {
  submit,
  lookup: lookUp,
  inquire,
  inbox: workInbox,
};

export class Worker {
  readonly #parts: JobParts;
  readonly #options: WorkerOptions;
  readonly #wake = new Wake();
  readonly #running = new Set<Promise<void>>();

  constructor(parts: JobParts, options: WorkerOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Jobs under way. */
  get running(): number {
    return this.#running.size;
  }

  /** Looks for jobs at once: there is a new one. */
  wake(): void {
    this.#wake.ring();
  }

  /** Works until `signal` aborts; then takes nothing more and resolves when what is under way has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#parts;
    const { jobsAtOnceMax, lookEveryMs = LOOK_EVERY_MS } = this.#options;
    while (!signal.aborted) {
      if (this.#running.size >= jobsAtOnceMax) {
        await this.#wake.wait(Number.POSITIVE_INFINITY, signal);
        continue;
      }
      try {
        const job = await this.#claim();
        if (job === null) await this.#wake.wait(lookEveryMs, signal);
        else this.#begin(job);
      } catch (err) {
        log.error({ err }, "no job could be claimed; the database is asked again");
        await pause(TROUBLE_PAUSE_MS, signal);
      }
    }
    await Promise.all(this.#running);
  }

  /** Claims one job and works on it to its end; false when none is due. */
  async step(): Promise<boolean> {
    const job = await this.#claim();
    if (job !== null) await this.#workOn(job);
    return job !== null;
  }

  async #claim(): Promise<Job | null> {
    const { store, providers, nowMs } = this.#parts;
    // Without a provider nothing can be asked, and a job that is claimed in vain only ages.
    if (providers.size === 0) return null;
    return await claimJob(store, {
      worker: this.#options.id,
      kinds: JOB_KINDS,
      nowMs: nowMs(),
      leaseMs: this.#options.leaseMs ?? LEASE_MS,
    });
  }

  #begin(job: Job): void {
    const { metrics } = this.#parts;
    const work = this.#workOn(job).finally(() => {
      this.#running.delete(work);
      metrics.jobsRunning.set(this.#running.size);
      this.#wake.ring();
    });
    this.#running.add(work);
    metrics.jobsRunning.set(this.#running.size);
  }

  async #workOn(job: Job): Promise<void> {
    const { log, metrics } = this.#parts;
    try {
      await WORK[job.kind](this.#parts, job);
      metrics.jobs.inc({ kind: job.kind });
    } catch (err) {
      // Nothing of it has happened in the books; the lease runs out, and whoever claims it then begins anew.
      log.error({ err, job: job.id, kind: job.kind, subject: job.subject }, "a job broke off");
      metrics.jobFailures.inc({ kind: job.kind });
    }
  }
}
