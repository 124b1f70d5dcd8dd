/** Taking a search apart, and changing an operator in it. */
import { describe, expect, it } from 'vitest';
import {
  completeOperators,
  hasOperator,
  pieceAt,
  quoted,
  readPieces,
  replaced,
  whyUnresolved,
  withOperator,
  withoutPiece,
} from './query';

const pieces = (text: string) => readPieces(text).map((piece) => piece.text);
const operators = (text: string) =>
  readPieces(text).flatMap(({ operator, negated }) =>
    operator ? [[negated ? `-${operator.key}` : operator.key, operator.value]] : [],
  );

describe('readPieces', () => {
  it('tells words, phrases and operators apart, as the server does', () => {
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

  it('takes one hyphen before a word, a phrase or an operator for "not"', () => {
    const negated = (text: string) => readPieces(text).map((piece) => piece.negated);
    expect(negated('-draft -7 -"on hold" -from:me -дом')).toEqual([true, true, true, true, true]);
    expect(negated('--delete --- -> - -_x re-draft --from:me')).toEqual(Array(7).fill(false));
    expect(operators('--from:me')).toEqual([]);
  });

  it('reads every text', () => {
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

  it('knows where a piece stands', () => {
    const text = '  🎉 from:"Ana Lima"';
    const [party, from] = readPieces(text);
    expect(text.slice(party?.from, party?.to)).toBe('🎉');
    expect(text.slice(from?.operator?.valueFrom)).toBe('"Ana Lima"');
    expect(pieceAt(text, 4)?.text).toBe('🎉');
    expect(pieceAt(text, 2)).toBeNull();
    expect(pieceAt(text, text.length)?.operator?.value).toBe('Ana Lima');
  });
});

describe('operators in a text', () => {
  it('are complete when they have a value and are not being written', () => {
    const text = 'from:@ana in: has:link';
    const complete = (caret: number | null) =>
      completeOperators(text, caret).map((piece) => piece.text);
    expect(complete(null)).toEqual(['from:@ana', 'has:link']);
    expect(complete(text.length)).toEqual(['from:@ana']);
  });

  it('are taken out with the blanks around them', () => {
    const text = ' deploy  from:@ana   today';
    const piece = readPieces(text)[1];
    expect(piece && withoutPiece(text, piece)).toBe(' deploy today');
    const only = readPieces('from:@ana ')[0];
    expect(only && withoutPiece('from:@ana ', only)).toBe('');
  });

  it('are put behind it once', () => {
    expect(withOperator('deploy', 'in:#general')).toBe('deploy in:#general ');
    expect(withOperator('', 'in:#general')).toBe('in:#general ');
    expect(withOperator('in:#General x', 'in:#general')).toBe('in:#General x');
    expect(hasOperator('-in:#general', 'in:#general')).toBe(false);
  });

  it('are written in the place of what is there', () => {
    expect(replaced('a fr', 2, 4, 'from:')).toEqual({ text: 'a from:', caret: 7 });
    expect(replaced('from:@an deploy', 5, 8, '@ana')).toEqual({
      text: 'from:@ana deploy',
      caret: 10,
    });
    expect(quoted('Ana Lima')).toBe('"Ana Lima"');
    expect(quoted('@ana')).toBe('@ana');
  });

  it('say what is wrong with them', () => {
    expect(whyUnresolved('from:@nobody')).toBe('No member has the handle @nobody.');
    expect(whyUnresolved('in:#x')).toBe('There is no channel #x that you can read.');
    expect(whyUnresolved('in:')).toBe('Something is missing after in:');
    expect(whyUnresolved('is:new')).toBe('is: takes thread or unread, not new.');
    expect(whyUnresolved('on:soon')).toMatch(/^soon is no date/);
  });
});
