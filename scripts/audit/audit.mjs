// Starts the server given by its path on a free port and an empty data directory, and runs the
// audits of npm graphql-http against it. Each must be ok: those that SHOULD and MAY as well.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditServer } from 'graphql-http';

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const data = mkdtempSync(join(tmpdir(), 'confab-audit-'));
const address = `127.0.0.1:${await freePort()}`;
const server = spawn(process.argv[2], ['serve', '--listen', address, '--data', data], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
let ended = false;
const end = new Promise((resolve) => server.once('close', resolve)).then(() => (ended = true));
server.once('error', (error) => console.error(error.message));

async function ready() {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && !ended; await pause(100)) {
    const answer = await fetch(`http://${address}/readyz`).catch(() => null);
    if (answer?.ok) return true;
  }
  return false;
}

try {
  if (!(await ready())) throw new Error('The server did not become ready.');
  const results = await auditServer({ url: `http://${address}/graphql` });
  const faults = results.filter(({ status }) => status !== 'ok');
  for (const { id, name, status, reason } of faults) {
    console.error(`${status}  ${id}  ${name}\n       ${reason}`);
  }
  console.log(`${results.length - faults.length} of ${results.length} audits are ok.`);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  server.kill('SIGTERM');
  await end;
  rmSync(data, { recursive: true, force: true });
}
