/**
 * How durations are distributed, in fixed memory: buckets that are linear within a power of two, and as wide as that power
 * asks (Gil Tene, HdrHistogram, http://hdrhistogram.org). A quantile is wrong by at most 1.6 % (1/64 of its value), from
 * 1 µs to 70 minutes; what is shorter or longer counts as just that.
 *
 * To record costs about 10 ns and nothing to collect: 8 KiB are taken when the first value comes, and no more ever.
 */
export class Histogram {
  #buckets: Float64Array | undefined; // counts that stay exact up to 2^53
  #sumMs = 0;

  /** Counts a duration, in milliseconds. One below zero, which only a broken clock tells, counts as the shortest. */
  record(ms: number): void {
    this.#buckets ??= new Float64Array(bucketCount);
    const bucket = bucketOf(ms);
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    if (ms > 0) this.#sumMs += Math.min(ms, mostMs);
  }

  get count(): number {
    return this.#buckets?.reduce((sum, count) => sum + count, 0) ?? 0;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  /** How many are shorter than 2^exponent ms, for each of the exponents, which ascend. */
  countsBelow(exponents: readonly number[]): number[] {
    let bucket = 0;
    let below = 0;
    return exponents.map((exponent) => {
      const end = Math.min((exponent - leastExponent) << perOctaveBits, bucketCount);
      for (; bucket < end; bucket++) below += this.#buckets?.[bucket] ?? 0;
      return below;
    });
  }

  /** Of all values; undefined without any. */
  get meanMs(): number | undefined {
    const { count } = this;
    return count === 0 ? undefined : this.#sumMs / count;
  }

  /** The value that a share `q` of all does not pass: 0.5 is the median, 1 the longest. Undefined without any. */
  quantile(q: number): number | undefined {
    const { count } = this;
    if (count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(q * count)); // of the nearest value, counted from 1
    let seen = 0;
    let last = 0;
    for (const [bucket, here] of this.#filled()) {
      seen += here;
      last = bucket;
      if (seen >= rank) break;
    }
    return middleOf(last);
  }

  /** Counts all that the other has counted. */
  merge(other: Histogram): void {
    for (const [bucket, count] of other.#filled()) this.#add(bucket, count);
    this.#sumMs += other.#sumMs;
  }

  /** What was counted since `earlier`, which is an earlier state of this same one. Where it is not, nothing counts less than zero. */
  since(earlier: Histogram): Histogram {
    const difference = new Histogram();
    for (const [bucket, count] of this.#filled()) {
      const more = count - (earlier.#buckets?.[bucket] ?? 0);
      if (more > 0) difference.#add(bucket, more);
    }
    difference.#sumMs = Math.max(0, this.#sumMs - earlier.#sumMs);
    return difference;
  }

  /** As plain data that travels: only the buckets that hold something. */
  toData(): HistogramData {
    return { sumMs: this.#sumMs, buckets: [...this.#filled()].flat() };
  }

  /** Reads what another process sent. What cannot be a bucket or a count is left out. */
  static fromData({ sumMs, buckets }: HistogramData): Histogram {
    const histogram = new Histogram();
    for (let at = 0; at + 1 < buckets.length; at += 2) {
      const [bucket, count] = [buckets[at] as number, buckets[at + 1] as number];
      if (Number.isInteger(bucket) && bucket >= 0 && bucket < bucketCount && count > 0) histogram.#add(bucket, count);
    }
    histogram.#sumMs = sumMs > 0 ? sumMs : 0;
    return histogram;
  }

  #add(bucket: number, count: number): void {
    this.#buckets ??= new Float64Array(bucketCount);
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + count;
  }

  *#filled(): Generator<[bucket: number, count: number]> {
    if (!this.#buckets) return;
    for (const [bucket, count] of this.#buckets.entries()) if (count > 0) yield [bucket, count];
  }
}

/** A histogram as it travels between processes. */
export interface HistogramData {
  readonly sumMs: number;
  /** Pairs: the number of a bucket, and its count; in order, empty ones left out. */
  readonly buckets: readonly number[];
}

/** Of one power of two: so that half a bucket is 1/64 of its value. */
const perOctaveBits = 5;
/** 2^-10 ms, a little less than 1 µs. */
const leastExponent = -10;
/** 2^22 ms are 70 minutes. */
const mostExponent = 22;
const mostMs = 2 ** mostExponent;

const bucketCount = (mostExponent - leastExponent) << perOctaveBits;

/** The exponent and the first bits behind it of a 32-bit float are the bucket: no logarithm has to be taken. */
const mantissaBits = 23;
const exponentBias = 127;
const shift = mantissaBits - perOctaveBits;
const firstBucketBits = (leastExponent + exponentBias) << perOctaveBits;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function bucketOf(ms: number): number {
  if (!(ms > 0)) return 0;
  float[0] = ms;
  const bucket = ((bits[0] as number) >>> shift) - firstBucketBits;
  return bucket < 0 ? 0 : bucket < bucketCount ? bucket : bucketCount - 1;
}

function middleOf(bucket: number): number {
  const octave = leastExponent + (bucket >>> perOctaveBits);
  const part = (bucket & ((1 << perOctaveBits) - 1)) + 0.5;
  return 2 ** octave * (1 + part / (1 << perOctaveBits));
}
