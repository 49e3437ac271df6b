export const permissionNames = ["create", "delete", "read", "write", "admin"] as const;

/** What somebody may do with one entry; those below it have lists of their own. `admin`: set the list. */
export type Permission = (typeof permissionNames)[number];

export interface Grant {
  /** How the engine knows who somebody is: `world`, `auth`, `digest`, `ip`, `x509`, `sasl`. */
  readonly scheme: string;
  /** In the words of the scheme; empty for `auth`, whoever sets the list. */
  readonly id: string;
  readonly permissions: readonly Permission[];
}

/** Who may do what with which entry: what ZooKeeper has beside the port, and other engines have not. The caller disposes it. */
export interface AccessLists extends AsyncDisposable {
  /** Fails `not_found` where there is no node. */
  get(key: string): Promise<readonly Grant[]>;
  /** In place of the list before, whole. */
  set(key: string, grants: readonly Grant[]): Promise<void>;
}
