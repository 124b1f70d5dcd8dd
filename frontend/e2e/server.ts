/** The real server as a separate process that can be killed and restarted on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_TIMEOUT = 30_000;

export class Server {
  private process: ChildProcess | null = null;
  private output = '';

  private constructor(
    private readonly binary: string,
    private readonly data: string,
    private readonly port: number,
    private readonly settings: Record<string, string>,
  ) {}

  /** Uses SQLite unless settings specify Postgres. */
  static async start(binary: string, settings: Record<string, string> = {}): Promise<Server> {
    const data = await mkdtemp(join(tmpdir(), 'confab-e2e-'));
    const server = new Server(binary, data, await freePort(), settings);
    await server.start();
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const listen = `127.0.0.1:${this.port}`;
    const child = spawn(this.binary, ['serve', '--listen', listen, '--data', this.data], {
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
    await rm(this.data, { recursive: true, force: true });
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
