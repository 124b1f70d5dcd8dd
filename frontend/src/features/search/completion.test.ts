/** Search completion. */
import { describe, expect, it } from 'vitest';
import { typedBeginnings, validHandles } from '../member/handleCases';
import { caretWordAt, fixedSuggestions, operatorSuggestions } from './completion';
import { replaceRange } from './query';

const end = (text: string) => caretWordAt(text, text.length);

describe('caretWordAt', () => {
  it('detects the beginning of an operator', () => {
    expect(end('deploy fr')).toEqual({ key: null, word: 'fr', from: 7, to: 9 });
    expect(end('-fr')).toEqual({ key: null, word: 'fr', from: 1, to: 3 });
    for (const text of ['f', 'deploy ', '', '"fr', 'a2', '-']) expect(end(text), text).toBeNull();
    expect(caretWordAt('from', 2)).toBeNull();
  });

  it('detects the value of an operator, without quotes', () => {
    expect(end('from:')).toEqual({ key: 'from', word: '', from: 5, to: 5 });
    expect(end('-in:#ge')).toEqual({ key: 'in', word: '#ge', from: 4, to: 7 });
    expect(end('from:"Ana L')).toEqual({ key: 'from', word: 'Ana L', from: 5, to: 11 });
    expect(caretWordAt('from:@ana x', 7)).toEqual({ key: 'from', word: '@a', from: 5, to: 9 });
    expect(caretWordAt('from:@ana', 3)).toBeNull();
    expect(end('from:@ana ')).toBeNull();
  });

  it.each(validHandles)('detects %j while typing', (handle) => {
    for (const word of typedBeginnings(handle)) expect(end(`from:@${word}`)?.word).toBe(`@${word}`);
  });

  it('returns the range that a completion replaces', () => {
    const text = '🎉 from:@a deploy';
    const writing = caretWordAt(text, 10);
    expect(writing && replaceRange(text, writing.from, writing.to, '@ana').text).toBe(
      '🎉 from:@ana deploy',
    );
  });
});

describe('suggestions', () => {
  const names = (list: { insert: string }[]) => list.map(({ insert }) => insert);
  const now = new Date(2026, 1, 14);

  it('are operators by prefix', () => {
    expect(names(operatorSuggestions('fr'))).toEqual(['from:']);
    expect(names(operatorSuggestions('I'))).toEqual(['in:', 'is:']);
    expect(operatorSuggestions('deploy')).toEqual([]);
  });

  it('are values of has: and is:', () => {
    expect(names(fixedSuggestions('has', '', now))).toEqual(['link', 'image', 'file', 'reaction']);
    expect(names(fixedSuggestions('is', 'UN', now))).toEqual(['unread']);
    expect(fixedSuggestions('from', '', now)).toEqual([]);
  });

  it('are named dates, then previous months', () => {
    const all = names(fixedSuggestions('during', '', now));
    expect(all.slice(0, 7)).toEqual([
      ...['today', 'yesterday', 'week', 'month', 'year', '2026-01', '2025-12'],
    ]);
    expect(names(fixedSuggestions('before', '2025-1', now))).toEqual([
      ...['2025-12', '2025-11', '2025-10'],
    ]);
    expect(names(fixedSuggestions('on', 'dec', now))).toEqual(['2025-12']);
  });
});
