import { writeFileSync } from "node:fs";
import { vectorFiles, vectorFolder } from "../conformance/files.js";

/** `npx tsx --conditions=skylark-source packages/rpc/test/programs/write-vectors.ts`: writes `conformance/rpc` anew. */
for (const [name, text] of Object.entries(vectorFiles())) writeFileSync(new URL(name, vectorFolder), text);
