/** The part of node-zookeeper-client that the cross-check uses; the package has no types of its own. */
declare module "node-zookeeper-client" {
  export interface Failure {
    readonly code: number;
  }

  export interface ReferenceStat {
    readonly version: number;
  }

  type Callback<Values extends readonly unknown[]> = (error: Failure | null, ...values: Values) => void;

  export interface Transaction {
    create(path: string, data: Buffer, acls: readonly ACL[], mode: number): Transaction;
    setData(path: string, data: Buffer, version: number): Transaction;
    remove(path: string, version: number): Transaction;
    check(path: string, version: number): Transaction;
    commit(callback: Callback<[]>): void;
  }

  export interface Client {
    once(event: "connected", listener: () => void): void;
    connect(): void;
    close(): void;
    create(path: string, data: Buffer, acls: readonly ACL[], mode: number, callback: Callback<[path: string]>): void;
    remove(path: string, version: number, callback: Callback<[]>): void;
    exists(path: string, callback: Callback<[stat: ReferenceStat | null]>): void;
    getData(path: string, callback: Callback<[data: Buffer | undefined, stat: ReferenceStat]>): void;
    setData(path: string, data: Buffer, version: number, callback: Callback<[stat: ReferenceStat]>): void;
    getChildren(path: string, callback: Callback<[children: string[], stat: ReferenceStat]>): void;
    setACL(path: string, acls: readonly ACL[], version: number, callback: Callback<[stat: ReferenceStat]>): void;
    transaction(): Transaction;
  }

  /** Made by the library's own constructors only. */
  export interface Id {
    readonly scheme: string;
    readonly id: string;
  }

  export interface ACL {
    readonly permission: number;
    readonly id: Id;
  }

  const library: {
    createClient(connectString: string, options?: { sessionTimeout?: number }): Client;
    readonly ACL: new (permission: number, id: Id) => ACL;
    readonly Id: new (scheme: string, id: string) => Id;
  };
  export default library;
}
