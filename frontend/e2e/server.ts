/** The real server as a separate process that can be killed and restarted on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverBinary } from './environment';

const START_TIMEOUT = 30_000;

/** Settings for a single user who sends far more than the rate limits allow. */
export const unlimited = {
  CONFAB_ACCOUNT_RATE_FACTOR: '1000',
  CONFAB_WORKSPACE_RATE_FACTOR: '1000',
};

export class Server {
  private process: ChildProcess | null = null;
  private output = '';
  private data = '';
  private port = 0;

  /** Uses SQLite unless settings specify Postgres. They are read at each start. */
  constructor(private readonly settings: Record<string, string> = {}) {}

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.data ||= await mkdtemp(join(tmpdir(), 'confab-e2e-'));
    this.port ||= await freePort();
    const listen = `127.0.0.1:${this.port}`;
    const child = spawn(serverBinary(), ['serve', '--listen', listen, '--data', this.data], {
      env: { ...process.env, ...this.settings },
    });
    this.process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        this.output += text;
      });
    }
    const deadline = Date.now() + START_TIMEOUT;
    while (!(await this.answers())) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the server did not start:\n${this.output}`);
      }
    }
  }

  /** Like a power cut: nothing further reaches the disk. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Accepts connections without responding, like a server whose disk hangs. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    if (this.data) await rm(this.data, { recursive: true, force: true });
  }

  private async answers(): Promise<boolean> {
    try {
      const response = await fetch(this.origin, { signal: AbortSignal.timeout(1000) });
      return response.ok;
    } catch {
      return false;
    }
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
