/** A message that is longer than a fragment, on its way out. */
export interface LargeMessage {
  kind: number;
  readonly payload: Buffer;
  sent: number;
}

/** A message that leaves when those that waited before it have left, whatever their streams. */
export interface LastWord {
  readonly awaited: Set<LargeMessage>;
  readonly kind: number;
  readonly payload: Buffer;
}
