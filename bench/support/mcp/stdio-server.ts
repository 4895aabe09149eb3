import { createInterface } from 'node:readline';
import { answerTo } from './answers.js';

// The least that an MCP server over stdin and stdout can be: what proxies from npm stand before.
for await (const line of createInterface({ input: process.stdin })) {
  const answer = answerTo(JSON.parse(line) as Parameters<typeof answerTo>[0]);
  if (answer) process.stdout.write(`${JSON.stringify(answer)}\n`);
}
