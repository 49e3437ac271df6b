declare module "fs-native-extensions" {
  /** Locks the whole file, exclusively. False: it is locked already. */
  export function tryLock(fd: number): boolean;
}
