import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { WebSocketServer, type WebSocket } from 'ws';

/**
 * What holding connections and sending bytes costs at least: a bare `ws` server that answers each message with the bytes of one file, and on
 * the line `push FILE` sends the bytes of a file to everybody and says when as many messages came back.
 */
const [answerFile = ''] = process.argv.slice(2);
const answer = readFileSync(answerFile);
const sockets = new Set<WebSocket>();
let awaited = 0;
let startedAt = 0;

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.on('message', () => {
    if (awaited > 0) {
      awaited -= 1;
      if (awaited === 0) say({ event: 'answered', tookMs: performance.now() - startedAt });
    }
    socket.send(answer);
  });
});
http.listen(0, '127.0.0.1', () => {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address
  say({ event: 'listening', port: (http.address() as AddressInfo).port });
});
createInterface({ input: process.stdin }).on('line', (line) => {
  const [word, file = ''] = line.split(' ');
  if (word !== 'push') return;
  const bytes = readFileSync(file);
  startedAt = performance.now();
  awaited = sockets.size;
  for (const socket of sockets) socket.send(bytes);
});
