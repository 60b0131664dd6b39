/** A TCP server in a namespace: takes a connection and closes it. Argument 1 is the port; ends with its stdin. */
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.end();
});
server.listen({ port: Number(process.argv[2]), host: '::', backlog: 4096 }, () => {
  process.stdout.write('the server listens\n');
});
