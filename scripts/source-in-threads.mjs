// Loaded before anything else by tests (vitest.config.ts). `--import tsx` reads TypeScript in the main thread only, so each
// worker thread asks for it here. JavaScript, because a thread cannot read TypeScript before this has run.
import { isMainThread } from "node:worker_threads";
import { register } from "tsx/esm/api";

if (!isMainThread) register();
