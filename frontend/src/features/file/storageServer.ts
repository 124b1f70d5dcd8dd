/**
 * For tests: a real server on this machine that takes parts as the storage does, and can break
 * connections in the middle of one, refuse addresses, and be slow.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Failure } from '../../apollo/failure';
import type { File } from './file';
import type { Offered, Part, UploadPort } from './upload';

export const partSize = 256 * 1024;

interface Kept {
  offered: Offered;
  sha256: string | undefined;
  parts: Map<number, Buffer>;
}

export class StorageServer {
  /** What was asked, in order: `create`, `look`, `put 2`, `complete` … */
  readonly asked: string[] = [];
  readonly kept = new Map<string, Kept>();
  readonly described: string[] = [];
  /** How many puts were under way at once at most. */
  busiest = 0;
  /** Puts of these parts are cut off in the middle, once each. */
  readonly breakOnce = new Set<number>();
  /** Puts of these parts are refused as expired, once each. */
  readonly expireOnce = new Set<number>();
  /** How often `complete` says that it is still checking. */
  checks = 0;
  /** What `complete` answers instead, once. */
  complaint: Failure | null = null;
  /** What `create` answers instead. */
  refusal: Failure | null = null;
  /** While it is set, puts get no answer before it resolves. */
  hold: Promise<void> | null = null;
  pauses: (number | undefined)[] = [];
  private busy = 0;
  private addresses = 0;

  private constructor(private readonly server = createServer()) {
    server.on('request', (request, response) => this.answer(request, response));
  }

  static async start(): Promise<StorageServer> {
    const storage = new StorageServer();
    storage.server.listen(0, '127.0.0.1');
    await once(storage.server, 'listening');
    return storage;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** The bytes of a file as they have arrived. */
  bytes(id: string): Buffer {
    const parts = this.kept.get(id)?.parts ?? new Map();
    return Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
  }

  /** What the API would do, on what this server has. */
  port(): UploadPort {
    return {
      create: async (offered, sha256) => {
        this.asked.push('create');
        if (this.refusal) throw this.refusal;
        const known = this.kept.get(offered.id);
        this.kept.set(offered.id, known ?? { offered, sha256, parts: new Map() });
        return this.parts(offered.id);
      },
      look: async (id) => {
        this.asked.push('look');
        return this.parts(id);
      },
      complete: async (id) => {
        this.asked.push('complete');
        if (this.checks-- > 0) return null;
        const { complaint } = this;
        this.complaint = null;
        if (complaint) throw complaint;
        const { offered } = this.kept.get(id) ?? {};
        if (!offered || this.bytes(id).length !== offered.size) {
          throw { code: 'BAD_USER_INPUT', message: 'It has another length.' } satisfies Failure;
        }
        return { id, name: offered.name, width: null, height: null } as File;
      },
      cancel: async (id) => {
        this.asked.push('cancel');
        this.kept.delete(id);
      },
      discard: async (id) => {
        this.asked.push('discard');
        this.kept.delete(id);
      },
      describe: async (id, alt) => {
        this.described.push(`${id} ${alt}`);
      },
      pause: async (_attempt, seconds) => {
        this.pauses.push(seconds);
        // Time is short here, but others have their turn.
        await new Promise((resolve) => setImmediate(resolve));
      },
      measure: async () => null,
    };
  }

  private parts(id: string): Part[] {
    const kept = this.kept.get(id);
    if (!kept) throw { code: 'NOT_FOUND', message: 'No such upload.' } satisfies Failure;
    const { port } = this.server.address() as AddressInfo;
    // Each time another address, as signatures have a time in them.
    const signature = ++this.addresses;
    const count = Math.max(1, Math.ceil(kept.offered.size / partSize));
    return Array.from({ length: count }, (_, index) => {
      const offset = index * partSize;
      return {
        number: index + 1,
        offset,
        size: Math.min(partSize, kept.offered.size - offset),
        url: `http://127.0.0.1:${port}/${id}/${index + 1}?${signature}`,
        method: 'PUT',
        headers: [{ name: 'x-part', value: String(index + 1) }],
        isReceived: kept.parts.has(index + 1),
      };
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-methods', 'PUT');
    response.setHeader('access-control-allow-headers', 'x-part, content-type');
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    const [, id = '', number = ''] = (request.url ?? '').split(/[/?]/);
    const part = Number(number);
    this.asked.push(`put ${part}`);
    if (request.headers['x-part'] !== number) {
      response.writeHead(400).end();
      return;
    }
    this.busy += 1;
    this.busiest = Math.max(this.busiest, this.busy);
    request.on('close', () => {
      this.busy -= 1;
    });
    if (this.breakOnce.delete(part)) {
      await once(request, 'data');
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    await this.hold;
    if (this.expireOnce.delete(part)) {
      response.writeHead(403).end();
      return;
    }
    this.kept.get(id)?.parts.set(part, Buffer.concat(chunks));
    response.writeHead(200).end();
  }
}
