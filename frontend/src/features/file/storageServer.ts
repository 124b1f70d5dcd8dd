/**
 * A test server that accepts upload parts as the object storage does. It can break connections
 * mid-transfer, reject URLs and delay responses.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Failure } from '../../apollo/failure';
import type { File } from './file';
import type { Part, UploadMetadata, UploadPort } from './upload';

export const partSize = 256 * 1024;

interface StoredUpload {
  metadata: UploadMetadata;
  sha256: string | undefined;
  parts: Map<number, Buffer>;
}

export class StorageServer {
  /** Received requests in order: `create`, `getParts`, `put 2`, `complete` … */
  readonly requests: string[] = [];
  readonly stored = new Map<string, StoredUpload>();
  readonly described: string[] = [];
  /** Maximum number of concurrent uploads. */
  maxConcurrent = 0;
  /** Breaks the connection for these parts, once each. */
  readonly breakOnce = new Set<number>();
  /** Rejects these parts as expired, once each. */
  readonly expireOnce = new Set<number>();
  /** Number of times `complete` reports that processing continues. */
  pendingChecks = 0;
  /** Error of the next `complete`. */
  completeError: Failure | null = null;
  /** Error of `create` while set. */
  createError: Failure | null = null;
  /** Delays upload responses until it resolves. */
  hold: Promise<void> | null = null;
  pauses: (number | undefined)[] = [];
  private concurrent = 0;
  private urlCount = 0;

  private constructor(private readonly server = createServer()) {
    server.on('request', (request, response) => this.handle(request, response));
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

  /** The received contents of a file. */
  bytes(id: string): Buffer {
    const parts = this.stored.get(id)?.parts ?? new Map();
    return Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
  }

  /** The API operations, backed by this server. */
  port(): UploadPort {
    return {
      create: async (metadata, sha256) => {
        this.requests.push('create');
        if (this.createError) throw this.createError;
        const known = this.stored.get(metadata.id);
        this.stored.set(metadata.id, known ?? { metadata, sha256, parts: new Map() });
        return this.parts(metadata.id);
      },
      getParts: async (id) => {
        this.requests.push('getParts');
        return this.parts(id);
      },
      complete: async (id) => {
        this.requests.push('complete');
        if (this.pendingChecks-- > 0) return null;
        const { completeError } = this;
        this.completeError = null;
        if (completeError) throw completeError;
        const { metadata } = this.stored.get(id) ?? {};
        if (!metadata || this.bytes(id).length !== metadata.size) {
          throw { code: 'BAD_USER_INPUT', message: 'The length does not match.' } satisfies Failure;
        }
        return { id, name: metadata.name, width: null, height: null } as File;
      },
      cancel: async (id) => {
        this.requests.push('cancel');
        this.stored.delete(id);
      },
      discard: async (id) => {
        this.requests.push('discard');
        this.stored.delete(id);
      },
      describe: async (id, alt) => {
        this.described.push(`${id} ${alt}`);
      },
      pause: async (_attempt, seconds) => {
        this.pauses.push(seconds);
        // Yields instead of sleeping.
        await new Promise((resolve) => setImmediate(resolve));
      },
      measure: async () => null,
    };
  }

  private parts(id: string): Part[] {
    const stored = this.stored.get(id);
    if (!stored) throw { code: 'NOT_FOUND', message: 'Upload not found.' } satisfies Failure;
    const { port } = this.server.address() as AddressInfo;
    // Generates new URLs on each call, like time-limited signatures.
    const signature = ++this.urlCount;
    const count = Math.max(1, Math.ceil(stored.metadata.size / partSize));
    return Array.from({ length: count }, (_, index) => {
      const offset = index * partSize;
      return {
        number: index + 1,
        offset,
        size: Math.min(partSize, stored.metadata.size - offset),
        url: `http://127.0.0.1:${port}/${id}/${index + 1}?${signature}`,
        method: 'PUT',
        headers: [{ name: 'x-part', value: String(index + 1) }],
        isReceived: stored.parts.has(index + 1),
      };
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-methods', 'PUT');
    response.setHeader('access-control-allow-headers', 'x-part, content-type');
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    const [, id = '', number = ''] = (request.url ?? '').split(/[/?]/);
    const part = Number(number);
    this.requests.push(`put ${part}`);
    if (request.headers['x-part'] !== number) {
      response.writeHead(400).end();
      return;
    }
    this.concurrent += 1;
    this.maxConcurrent = Math.max(this.maxConcurrent, this.concurrent);
    request.on('close', () => {
      this.concurrent -= 1;
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
    this.stored.get(id)?.parts.set(part, Buffer.concat(chunks));
    response.writeHead(200).end();
  }
}
