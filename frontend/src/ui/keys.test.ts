/** Whoever handles keys asks first whether they are of an input method. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOfInputMethod } from './keys';

const root = join(import.meta.dirname, '..');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !/\.test\.|^gql/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

describe('keys of an input method', () => {
  it('are told by what the browser says of them', () => {
    expect(isOfInputMethod({ keyCode: 13, isComposing: false })).toBe(false);
    expect(isOfInputMethod({ keyCode: 13, isComposing: true })).toBe(true);
    expect(isOfInputMethod({ keyCode: 229, isComposing: false })).toBe(true);
    expect(isOfInputMethod({ keyCode: 13, nativeEvent: { isComposing: true } })).toBe(true);
    expect(isOfInputMethod({ keyCode: 13, nativeEvent: { isComposing: false } })).toBe(false);
  });

  const handlers = sources.filter(({ text }) => /\bevent\.key\b|\bevent\.code\b/.test(text));

  it('are looked for wherever a key is read', () => {
    expect(handlers.length).toBeGreaterThan(8);
    const careless = handlers.filter(({ text }) => !text.includes('isOfInputMethod(event)'));
    expect(careless.map(({ path }) => path)).toEqual([]);
  });

  it('are told apart in one place', () => {
    const others = sources.filter(({ text }) => /isComposing|\b229\b/.test(text));
    expect(others.map(({ path }) => path)).toEqual([join('ui', 'keys.ts')]);
  });

  it('are read from a parameter of one name, so that no handler is overlooked', () => {
    const listening =
      /onKey(?:Down|Up|Press)=\{\(?(\w+)|['"]key(?:down|up|press)['"], \(?(\w+)\)? =>/g;
    for (const { path, text } of sources) {
      for (const [, one, other] of text.matchAll(listening)) {
        expect(one ?? other, path).toMatch(
          /^(event|on[A-Z]\w*|keys|roving|menu|keepInputMethodKeys)$/,
        );
      }
    }
  });
});
