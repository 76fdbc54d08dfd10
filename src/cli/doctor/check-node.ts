/** Owns the check of the Node that runs us. */
import { passed, warned, type Finding } from './finding.js';

/** From this major version on AWS's SDK is kept up to date. */
const SDK_NODE_MAJOR = 22;

/** The version; too old a one does not get here, since the program refuses to start on it. */
export function checkNode(version = process.versions.node): Finding {
  if (Number(version.split('.')[0]) >= SDK_NODE_MAJOR) return passed('Node', version);
  return warned('Node', version, `Works; AWS's SDK will want Node ${SDK_NODE_MAJOR} from 2027 on.`);
}
