import { auth, getAcl, setAcl, whoAmI } from "./operations/access.js";
import { getAllChildrenNumber, getChildren, getChildren2 } from "./operations/children.js";
import { create, create2, createContainer, createTtl, deleteNode } from "./operations/create.js";
import { exists, getData, setData } from "./operations/data.js";
import { multi, multiRead } from "./operations/multi.js";
import { closeSession, getEphemerals, ping, sync } from "./operations/session.js";
import { addWatch, checkWatches, removeWatches, setWatches, setWatches2 } from "./operations/watches.js";

/**
 * Every request a client can make. A request goes out as `writePacket(writer, xid, operations.getData, {…})`; of its
 * answer, `readReplyHeader` comes first, then `operations.getData.read(reader)`. Answers come in the order of the requests.
 */
export const operations = {
  create,
  create2,
  createContainer,
  createTtl,
  delete: deleteNode,
  exists,
  getData,
  setData,
  getChildren,
  getChildren2,
  getAllChildrenNumber,
  getAcl,
  setAcl,
  auth,
  whoAmI,
  sync,
  ping,
  closeSession,
  getEphemerals,
  multi,
  multiRead,
  setWatches,
  setWatches2,
  addWatch,
  removeWatches,
  checkWatches,
} as const;
