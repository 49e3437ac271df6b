/** For `vi.waitUntil`. */
export const patient = { timeout: 50_000, interval: 10 } as const;

/** A session that no busy machine loses by accident. */
export const lasting = { ttlMs: 20_000 } as const;
