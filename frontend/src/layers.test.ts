/**
 * The layers of the client. A file imports only from its own layer and from lower ones, so that a layer can be
 * understood without those above it. What two features share is in the lower one, or in a layer below both.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expect, it } from 'vitest';

/** From the lowest to the highest. */
const layers = [
  'paraglide',
  'ui',
  'gql',
  'apollo',
  'features/workspace',
  'features/account',
  'features/invite',
  'features/presence',
  'features/member',
  'features/file',
  'features/voice',
  'features/emoji',
  'features/read_state',
  'features/message',
  'features/reaction',
  'features/notification',
  'features/channel',
  'features/composer',
  'features/conversation',
  'features/search',
  'features/session',
  'features/live',
  'app',
  'main.tsx',
];

const paths = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.[jt]sx?$/.test(path) && !/^\w+\.test\.ts$/.test(path));

/** The index of the layer, or -1. */
function layerOf(path: string): number {
  return layers.findIndex((layer) => path === layer || path.startsWith(`${layer}/`));
}

/** The files that a file imports, statically or lazily, without their extensions. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(import.meta.dirname, path), 'utf8');
  const relative = /\b(?:from|import)\s*\(?\s*['"](\.[^'"]*)['"]/g;
  return [...text.matchAll(relative)].map(([, to = '']) => posix.join(dirname(path), to));
}

it('every file belongs to a layer, and no layer is empty', () => {
  expect(paths.filter((path) => layerOf(path) === -1)).toEqual([]);
  const used = new Set(paths.map(layerOf));
  expect(layers.filter((_, index) => !used.has(index))).toEqual([]);
});

it('no file imports from a higher layer', () => {
  const imports = paths.flatMap((path) => importsOf(path).map((target) => ({ path, target })));
  expect(imports.length).toBeGreaterThan(1_000);
  const upward = imports.filter(({ path, target }) => {
    const to = layerOf(target);
    return to === -1 || to > layerOf(path);
  });
  expect(upward.map(({ path, target }) => `${path} -> ${target}`)).toEqual([]);
});
