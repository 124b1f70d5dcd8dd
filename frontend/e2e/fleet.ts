/** The dependencies of a fleet: NATS, and a link to Postgres that can be cut. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './server';

const postgres = process.env.CONFAB_TEST_POSTGRES_URL;
const natsServer = process.env.CONFAB_TEST_NATS_SERVER;

/** The missing requirements as text; empty if there are none. */
export const missingForFleet = [
  ...(postgres ? [] : ['CONFAB_TEST_POSTGRES_URL is not set']),
  ...(natsServer ? [] : ['CONFAB_TEST_NATS_SERVER is not set']),
].join(', ');

export class Fleet {
  private constructor(
    private readonly nats: ChildProcess,
    private readonly directory: string,
    private readonly link: Link,
    /** Settings of a server of this fleet. */
    readonly settings: Record<string, string>,
  ) {}

  static async start(): Promise<Fleet> {
    if (!postgres || !natsServer) throw new Error(missingForFleet);
    const directory = await mkdtemp(join(tmpdir(), 'confab-e2e-nats-'));
    const port = await freePort();
    const configuration = join(directory, 'nats.conf');
    await writeFile(
      configuration,
      `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${directory}", sync_interval: always }\n`,
    );
    const nats = spawn(natsServer, ['-c', configuration], { stdio: 'ignore' });
    const url = new URL(postgres);
    const link = await Link.to(Number(url.port));
    url.port = String(link.port);
    return new Fleet(nats, directory, link, {
      CONFAB_DATABASE_URL: url.href,
      CONFAB_NATS_URL: `nats://127.0.0.1:${port}`,
      CONFAB_NATS_ALLOW_LAZY_SYNC: 'true',
    });
  }

  /** Makes Postgres unreachable. */
  cut(): void {
    this.link.isCut = true;
  }

  mend(): void {
    this.link.isCut = false;
  }

  async remove(): Promise<void> {
    this.link.close();
    const ended = once(this.nats, 'exit');
    this.nats.kill('SIGKILL');
    await ended;
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Forwards connections to a local port, unless cut. */
class Link {
  private cut = false;
  private readonly open = new Set<Socket>();
  private readonly listener = createServer((near) => {
    if (this.cut) return near.destroy();
    const far = connect(this.target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.open.delete(from);
        to.destroy();
      });
    }
    return undefined;
  });

  private constructor(private readonly target: number) {}

  static async to(target: number): Promise<Link> {
    const link = new Link(target);
    link.listener.listen(0, '127.0.0.1');
    await once(link.listener, 'listening');
    return link;
  }

  get port(): number {
    const address = this.listener.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  set isCut(cut: boolean) {
    this.cut = cut;
    if (cut) for (const socket of this.open) socket.destroy();
  }

  close(): void {
    this.isCut = true;
    this.listener.close();
  }
}
