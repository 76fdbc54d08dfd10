// Owns the local AWS in a container: the services listen on the loopback only, as they should on a
// laptop; a container's loopback reaches nobody, so this forwards its ports from every address.
import { connect, createServer } from 'node:net';
import process from 'node:process';

const SERVICES = [
  { outside: 8000, inside: 18000 },
  { outside: 9000, inside: 19000 },
];
for (const { outside, inside } of SERVICES) {
  createServer((client) => {
    const service = connect(inside, '127.0.0.1');
    client.pipe(service).pipe(client);
    client.on('error', () => service.destroy());
    service.on('error', () => client.destroy());
  }).listen(outside, '0.0.0.0');
}

const ports = ['--dynamodb-port', '18000', '--s3-port', '19000'];
process.argv.splice(2, 0, 'local', ...ports);
await import('../bin/tidemark.js');
