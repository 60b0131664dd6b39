/** The thread that does one round over the threat feeds; it ends with it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FeedJob } from '../job.ts';
import { runFeedJob } from '../run.ts';

parentPort?.postMessage(await runFeedJob(workerData as FeedJob));
