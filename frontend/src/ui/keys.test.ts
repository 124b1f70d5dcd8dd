/** Every key handler ignores keys that an input method handles. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isInputMethodKey } from './keys';

const root = join(import.meta.dirname, '..');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !/\.test\.|^gql/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

describe('input method keys', () => {
  it('are detected by isComposing or keyCode 229', () => {
    expect(isInputMethodKey({ keyCode: 13, isComposing: false })).toBe(false);
    expect(isInputMethodKey({ keyCode: 13, isComposing: true })).toBe(true);
    expect(isInputMethodKey({ keyCode: 229, isComposing: false })).toBe(true);
    expect(isInputMethodKey({ keyCode: 13, nativeEvent: { isComposing: true } })).toBe(true);
    expect(isInputMethodKey({ keyCode: 13, nativeEvent: { isComposing: false } })).toBe(false);
  });

  const handlers = sources.filter(({ text }) => /\bevent\.key\b|\bevent\.code\b/.test(text));

  it('are ignored by every key handler', () => {
    expect(handlers.length).toBeGreaterThan(8);
    const careless = handlers.filter(({ text }) => !text.includes('isInputMethodKey(event)'));
    expect(careless.map(({ path }) => path)).toEqual([]);
  });

  it('are detected in one module', () => {
    const others = sources.filter(({ text }) => /isComposing|\b229\b/.test(text));
    expect(others.map(({ path }) => path)).toEqual([join('ui', 'keys.ts')]);
  });

  it('are checked in handlers with a known parameter name, so that none is missed', () => {
    const listening =
      /onKey(?:Down|Up|Press)=\{\(?(\w+)|['"]key(?:down|up|press)['"], \(?(\w+)\)? =>/g;
    for (const { path, text } of sources) {
      for (const [, one, other] of text.matchAll(listening)) {
        expect(one ?? other, path).toMatch(
          /^(event|on[A-Z]\w*|keys|roving|menu|stopInputMethodKeys)$/,
        );
      }
    }
  });
});
