#!/usr/bin/env node
// Owns the program's entry: says so when Node is too old or the build is missing, then runs it.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
const main = new URL('../lib/src/cli/main.js', import.meta.url);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`tidemark: Node ${process.versions.node} is too old; it needs 20.19 or later.`);
  process.exit(3);
}
if (!existsSync(main)) {
  console.error('tidemark: it is not built yet.\n  Run `npm run build`.');
  process.exit(3);
}
// The SDK's notice on Node 20 would stand above every answer; `tidemark doctor` tells the version.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { main: run } = await import(main.href);
// Explicit, since a client's idle socket must not keep a finished command alive.
process.exit(await run(process.argv.slice(2)));
