import { connect } from 'node:net';

// Clients that mean ill: heads and bodies that come a few bytes at a time, and heads of 1 900 headers.
const port = Number(process.argv[2]);
const SLOW = 200;
const BOMBS = 5;
const HEAD = 'POST /api/achilles/v1/mcp/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
const BOMB = `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: 1_900 }, (_unused, i) => `${i.toString(36)}:b\r\n`).join('')}\r\n`;

/** One connection after the other, each until the gateway cuts it. */
function dribble(withBody: boolean): void {
  const socket = connect(port, '127.0.0.1');
  const timer = setInterval(() => socket.write(withBody ? ' ' : 'X-A: b\r\n'), 100);
  socket.on('error', () => undefined);
  socket.resume();
  socket.on('close', () => {
    clearInterval(timer);
    dribble(withBody);
  });
  socket.write(withBody ? `${HEAD}Content-Length: 1000\r\n\r\n` : HEAD);
}

function bomb(): void {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('data', () => socket.destroy());
  socket.on('close', () => setTimeout(bomb, 50));
  socket.write(BOMB);
}

for (let i = 0; i < SLOW; i++) dribble(i % 2 === 0);
for (let i = 0; i < BOMBS; i++) bomb();
