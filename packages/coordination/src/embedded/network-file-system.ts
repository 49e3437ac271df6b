/** Kinds that reach over a network, by the magic number of statfs(2); from linux/magic.h and the file systems' own headers. */
const names: Readonly<Record<number, string>> = {
  0x6969: "NFS",
  0x517b: "SMB",
  0xfe534d42: "SMB",
  0xff534d42: "CIFS",
  0x01021997: "9p (a folder of another system, as under WSL)",
  0x5346414f: "AFS",
  0x6b414653: "AFS",
  0x73757245: "Coda",
  0x00c36400: "Ceph",
  0x0bd00bd0: "Lustre",
  0x47504653: "GPFS",
  0x01161970: "GFS2",
  0x7461636f: "OCFS2",
  0x20030528: "OrangeFS",
  0x786f4256: "a folder shared by VirtualBox",
  0xbacbacbc: "a folder shared by VMware",
};

/** What to call it, where the kind is one. */
export function networkFileSystem(type: number): string | undefined {
  return names[type >>> 0];
}
