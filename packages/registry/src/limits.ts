/** Named limits of the registry; each with its reason. */
export const registryLimits = {
  /** A registration of the longest names and URLs is a twentieth of it. */
  bodyBytesMax: 1024 * 1024,
  /** Beyond that, many servers refuse. */
  urlLettersMax: 1024,
  /** One atomic write of 64 operations takes out an earlier registration and puts in another, whatever each requires. */
  requiredServicesMax: 25,
  /** As long as any text of an instance may be. */
  versionLettersMax: 512,
  /** Each costs a heartbeat every few seconds, and up to two connections. */
  participantsMax: 5000,
  /** What a participant may hold is one value in the store, which takes 512 KiB. */
  holdingsBytesMax: 400 * 1024,
  /** Read of an answer's body, then the connection ends: the status is all that counts. */
  answerBytesMax: 16 * 1024,
  /** Headers of an answer together. */
  answerHeaderBytesMax: 16 * 1024,
  /** Reads and writes of the store that one request waits for: a take-over fits. */
  storeTimeoutMs: 3000,
  /** One registration, when others keep changing the same. */
  attemptsMax: 5,
} as const;
