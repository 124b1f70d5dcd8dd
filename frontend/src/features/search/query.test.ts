/** Parsing search text and editing its operators. */
import { describe, expect, it } from 'vitest';
import {
  completeOperators,
  hasOperator,
  parsePieces,
  pieceAt,
  quoted,
  replaceRange,
  unresolvedReason,
  withOperator,
  withoutPiece,
} from './query';

const pieces = (text: string) => parsePieces(text).map((piece) => piece.text);
const operators = (text: string) =>
  parsePieces(text).flatMap(({ operator, negated }) =>
    operator ? [[negated ? `-${operator.key}` : operator.key, operator.value]] : [],
  );

describe('parsePieces', () => {
  it('parses words, phrases and operators as the server does', () => {
    const text = 'deploy -"on hold" from:@ana -in:#general has:link note:this "big red" fri';
    expect(pieces(text)).toEqual([
      ...['deploy', '-"on hold"', 'from:@ana', '-in:#general'],
      ...['has:link', 'note:this', '"big red"', 'fri'],
    ]);
    expect(operators(text)).toEqual([
      ['from', '@ana'],
      ['-in', '#general'],
      ['has', 'link'],
    ]);
  });

  it('treats one hyphen before a word, phrase or operator as negation', () => {
    const negated = (text: string) => parsePieces(text).map((piece) => piece.negated);
    expect(negated('-draft -7 -"on hold" -from:me -дом')).toEqual([true, true, true, true, true]);
    expect(negated('--delete --- -> - -_x re-draft --from:me')).toEqual(Array(7).fill(false));
    expect(operators('--from:me')).toEqual([]);
  });

  it('parses any text', () => {
    expect(pieces('')).toEqual([]);
    expect(pieces('   ')).toEqual([]);
    expect(pieces('-')).toEqual(['-']);
    expect(pieces('"not closed yet')).toEqual(['"not closed yet']);
    expect(operators('FROM:me')).toEqual([['from', 'me']]);
    expect(operators('from:"Ana Lima" from:')).toEqual([
      ['from', 'Ana Lima'],
      ['from', ''],
    ]);
    expect(operators('from：me')).toEqual([['from', 'me']]);
    expect(operators(':from in')).toEqual([]);
  });

  it('returns the range of a piece', () => {
    const text = '  🎉 from:"Ana Lima"';
    const [party, from] = parsePieces(text);
    expect(text.slice(party?.from, party?.to)).toBe('🎉');
    expect(text.slice(from?.operator?.valueFrom)).toBe('"Ana Lima"');
    expect(pieceAt(text, 4)?.text).toBe('🎉');
    expect(pieceAt(text, 2)).toBeNull();
    expect(pieceAt(text, text.length)?.operator?.value).toBe('Ana Lima');
  });
});

describe('operators in a text', () => {
  it('are complete when they have a value and are not at the caret', () => {
    const text = 'from:@ana in: has:link';
    const complete = (caret: number | null) =>
      completeOperators(text, caret).map((piece) => piece.text);
    expect(complete(null)).toEqual(['from:@ana', 'has:link']);
    expect(complete(text.length)).toEqual(['from:@ana']);
  });

  it('are removed with surrounding whitespace', () => {
    const text = ' deploy  from:@ana   today';
    const piece = parsePieces(text)[1];
    expect(piece && withoutPiece(text, piece)).toBe(' deploy today');
    const only = parsePieces('from:@ana ')[0];
    expect(only && withoutPiece('from:@ana ', only)).toBe('');
  });

  it('are appended once', () => {
    expect(withOperator('deploy', 'in:#general')).toBe('deploy in:#general ');
    expect(withOperator('', 'in:#general')).toBe('in:#general ');
    expect(withOperator('in:#General x', 'in:#general')).toBe('in:#General x');
    expect(hasOperator('-in:#general', 'in:#general')).toBe(false);
  });

  it('replace a range', () => {
    expect(replaceRange('a fr', 2, 4, 'from:')).toEqual({ text: 'a from:', caret: 7 });
    expect(replaceRange('from:@an deploy', 5, 8, '@ana')).toEqual({
      text: 'from:@ana deploy',
      caret: 10,
    });
    expect(quoted('Ana Lima')).toBe('"Ana Lima"');
    expect(quoted('@ana')).toBe('@ana');
  });

  it('report why they are invalid', () => {
    expect(unresolvedReason('from:@nobody')).toBe('No one named @nobody.');
    expect(unresolvedReason('in:#x')).toBe('No channel named #x that you can access.');
    expect(unresolvedReason('in:')).toBe('Enter a value after in:');
    expect(unresolvedReason('is:new')).toBe(
      'Unknown value new. Values of is: are thread and unread.',
    );
    expect(unresolvedReason('on:soon')).toMatch(/^soon is not a valid date/);
  });
});
