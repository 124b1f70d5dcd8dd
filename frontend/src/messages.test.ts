/**
 * The message catalogues (`messages/`): every text that a user sees is in one of them, and every message is used. That
 * every used message exists is a matter of types.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import project from '../project.inlang/settings.json';

const catalogues = join(import.meta.dirname, '../messages/en');

/** The keys of each catalogue, in the order of the file. */
const keys = readdirSync(catalogues).map((file) => {
  const text = readFileSync(join(catalogues, file), 'utf8');
  return {
    feature: file.replace(/\.json$/, ''),
    keys: [...text.matchAll(/^ {2}"(\w+)":/gm)].map(([, key = '']) => key),
  };
});

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.tsx?$/.test(path) && !/^(gql|paraglide)\/|\.test\.|storageServer/.test(path))
  .map((path) => ({ path, text: readFileSync(join(import.meta.dirname, path), 'utf8') }));

/** Attributes and properties of our components that are shown or read aloud. */
const shown =
  /^(aria-(label|description|valuetext|roledescription)|title|placeholder|alt|label|hint|lead|legend|action|subject|consequence|done|\w+Label)$/;

/** Names, labels of keys, and the beginning of a file name. */
const untranslated = new Set(['Confab', 'Ctrl Shift F', 'Voice message ']);

const word = /\p{L}{2}/u;
const sentence = /^[“"]?\p{Lu}[\p{L}'’]*,? \p{L}+($|[ .,…?])/u;

/** Whether a literal is shown because of its place: an element, a shown attribute, or a choice of one in them. */
function isShown(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isJsxAttribute(parent)) return shown.test(parent.name.getText());
  if (ts.isJsxExpression(parent)) return !ts.isJsxAttribute(parent.parent) || isShown(parent);
  if (ts.isConditionalExpression(parent)) return node !== parent.condition && isShown(parent);
  return ts.isParenthesizedExpression(parent) && isShown(parent);
}

/** The literals of a file that belong in a catalogue. */
function literalsOf({ path, text }: { path: string; text: string }): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const literal =
      ts.isJsxText(node) || ts.isStringLiteralLike(node)
        ? node.text
        : ts.isTemplateExpression(node)
          ? [node.head, ...node.templateSpans.map((span) => span.literal)]
              .map((part) => part.text)
              .join('')
          : null;
    const isText = literal !== null && word.test(literal) && !untranslated.has(literal.trimStart());
    if (
      isText &&
      !untranslated.has(literal.trim()) &&
      (ts.isJsxText(node) || isShown(node) || sentence.test(literal))
    ) {
      found.push(`${path}: ${literal.trim()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

it('every text is in a catalogue', () => {
  expect(sources.length).toBeGreaterThan(200);
  expect(sources.flatMap(literalsOf)).toEqual([]);
});

it('finds texts in elements, attributes and code', () => {
  const found = (text: string) => literalsOf({ path: 'a.tsx', text });
  expect(found('const a = <p>Saved</p>;')).toEqual(['a.tsx: Saved']);
  expect(found("const a = <p>{done ? 'Saved' : null}</p>;")).toEqual(['a.tsx: Saved']);
  expect(found('const a = <input placeholder="name" />;')).toEqual(['a.tsx: name']);
  expect(found('const a = <p aria-label={`$' + '{n} files`} />;')).toEqual(['a.tsx: files']);
  expect(found("const a = 'No files yet';")).toEqual(['a.tsx: No files yet']);
  expect(found('const a = <p className="flex">{kind === \'joined\' && m.a_b()} · …</p>;')).toEqual(
    [],
  );
});

it('every message is used', () => {
  const used = new Set(sources.flatMap(({ text }) => text.match(/\bm\.\w+/g) ?? []));
  expect(keys.flatMap((one) => one.keys).filter((key) => !used.has(`m.${key}`))).toEqual([]);
});

it('catalogues are sorted, and a key begins with its catalogue', () => {
  for (const one of keys) {
    expect(one.keys).toEqual([...one.keys].sort());
    expect(one.keys.filter((key) => !key.startsWith(`${one.feature}_`))).toEqual([]);
  }
});

it('the compiler reads every catalogue', () => {
  const { pathPattern } = project['plugin.inlang.messageFormat'];
  expect([...pathPattern].sort()).toEqual(
    keys.map(({ feature }) => `./messages/{locale}/${feature}.json`).sort(),
  );
});
