/**
 * The message catalogs (`messages/`): every text that a user sees is in one of them, and every message is used. That
 * every used message exists is a matter of types.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import project from '../project.inlang/settings.json';

const catalogs = join(import.meta.dirname, '../messages/en');

/** The keys of each catalog, in the order of the file. */
const keys = readdirSync(catalogs).map((file) => {
  const text = readFileSync(join(catalogs, file), 'utf8');
  return {
    feature: file.replace(/\.json$/, ''),
    keys: [...text.matchAll(/^ {2}"(\w+)":/gm)].map(([, key = '']) => key),
  };
});

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter(
    (path) =>
      /\.tsx?$/.test(path) && !/^(gql|paraglide)\/|\.test\.|Fixture\.|storageServer/.test(path),
  )
  .map((path) => ({ path, text: readFileSync(join(import.meta.dirname, path), 'utf8') }));

/** Attributes and properties of our components that are shown or read aloud. */
const shown =
  /^(aria-(label|description|valuetext|roledescription)|title|placeholder|alt|label|hint|lead|legend|action|subject|consequence|done|\w+Label)$/;

/** Products, and keys as browsers name them. */
const names =
  /^(Confab|Android|Chrome|Edge|Firefox|Linux|Opera|Safari|Windows|Arrow\w+|End|Home|Page(Up|Down))$/;

const word = /\p{L}{2}/u;
/** A word in upper case, alone or at the beginning of a sentence. */
const capitalized = /(^|[\s“"(])\p{Lu}+\p{Ll}/u;

/** Functions whose argument is not shown: operations, exports of lazy pages, types of dragged data. */
const callees = /^(graphql|lazyRouteComponent|includes)$/;
/** Properties with names of the schema or of operations. `Node` is one of `possibleTypes`. */
const properties = /^(__typename|fragmentName|refetchQueries|Node)$/;
/** The beginning of a cache ID: `Channel:chn_…`. */
const cacheId = /^[A-Z]\w+:/;

/** Whether a literal is shown because of its place: an element, a shown attribute, or a choice of one in them. */
function isShown(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isJsxAttribute(parent)) return shown.test(parent.name.getText());
  if (ts.isJsxExpression(parent)) return !ts.isJsxAttribute(parent.parent) || isShown(parent);
  if (ts.isConditionalExpression(parent)) return node !== parent.condition && isShown(parent);
  return ts.isParenthesizedExpression(parent) && isShown(parent);
}

/** Whether a literal is not shown because of its place: it is compared, a type, a module, or a name. */
function isCode(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) return /^([!=]==|in)$/.test(parent.operatorToken.getText());
  if (ts.isPropertyAssignment(parent)) return properties.test(parent.name.getText());
  if (ts.isCallExpression(parent)) {
    const { expression } = parent;
    const callee = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
    return callees.test(callee.getText());
  }
  if (ts.isCaseClause(parent) || ts.isLiteralTypeNode(parent)) return true;
  const isPart =
    ts.isArrayLiteralExpression(parent) || ts.isSpreadElement(parent) || ts.isAsExpression(parent);
  return isPart && isCode(parent);
}

/** The text of a literal, or null for another node. */
function textOf(node: ts.Node): string | null {
  if (ts.isJsxText(node) || ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  return [node.head, ...node.templateSpans.map((span) => span.literal)]
    .map((part) => part.text)
    .join('');
}

/** The literals of a file that belong in a catalogue. */
function literalsOf({ path, text }: { path: string; text: string }): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node)?.trim() ?? '';
    const isText = word.test(text) && !names.test(text);
    const isWord = capitalized.test(text) && !cacheId.test(text) && !isCode(node);
    if (isText && (ts.isJsxText(node) || isShown(node) || isWord)) found.push(`${path}: ${text}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

it('every text is in a catalog', () => {
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
  expect(found("const a = 'Saved';")).toEqual(['a.tsx: Saved']);
  expect(found("const a = { verb: 'Save' };")).toEqual(['a.tsx: Save']);
  expect(found("const a = isPicture ? 'Image' : null;")).toEqual(['a.tsx: Image']);
  expect(found("const a = ['Ctrl', 'KiB'];")).toEqual(['a.tsx: Ctrl', 'a.tsx: KiB']);
  expect(found('const a = `Voice $' + '{n}`;')).toEqual(['a.tsx: Voice']);
  expect(found("const a = show('Saved');")).toEqual(['a.tsx: Saved']);
  expect(found('const a = <p className="flex">{kind === \'joined\' && m.a_b()} · …</p>;')).toEqual(
    [],
  );
  expect(found("const a = key === 'Enter' && { __typename: 'File' as const };")).toEqual([]);
});

it('the page has no text besides the name', () => {
  const page = readFileSync(join(import.meta.dirname, '../index.html'), 'utf8');
  const texts = page.match(/(?<=>)[^<>]+(?=<)|(?<=name="description" content=")[^"]+/g) ?? [];
  expect(texts.map((text) => text.trim()).filter(Boolean)).toEqual(['Confab']);
});

it('every message is used', () => {
  const used = new Set(sources.flatMap(({ text }) => text.match(/\bm\.\w+/g) ?? []));
  expect(keys.flatMap((one) => one.keys).filter((key) => !used.has(`m.${key}`))).toEqual([]);
});

it('catalogs are sorted, and a key begins with its catalog', () => {
  for (const one of keys) {
    expect(one.keys).toEqual([...one.keys].sort());
    expect(one.keys.filter((key) => !key.startsWith(`${one.feature}_`))).toEqual([]);
  }
});

it('the compiler reads every catalog', () => {
  const { pathPattern } = project['plugin.inlang.messageFormat'];
  expect([...pathPattern].sort()).toEqual(
    keys.map(({ feature }) => `./messages/{locale}/${feature}.json`).sort(),
  );
});
