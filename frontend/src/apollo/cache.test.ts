/** The cache knows the types of the schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, isAbstractType } from 'graphql';
import { expect, it } from 'vitest';
import { possibleTypes } from './cache';

const root = join(import.meta.dirname, '../../..');
const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));

/** The interfaces and unions on which operations define fragments. `LogEvent` is not written to the cache. */
const conditions = () => {
  const operations = readFileSync(join(root, 'frontend/src/gql/graphql.ts'), 'utf8');
  const named = operations.matchAll(
    /"typeCondition":\{"kind":"NamedType","name":\{"kind":"Name","value":"(\w+)"/g,
  );
  return [...new Set([...named].map(([, name = '']) => name))].filter(
    (name) => isAbstractType(schema.getType(name)) && name !== 'LogEvent',
  );
};

it('lists the types of every interface and union with fragments', () => {
  const typesOf = (name: string) => {
    const type = schema.getType(name);
    return isAbstractType(type) ? schema.getPossibleTypes(type).map((one) => one.name) : [];
  };
  expect(Object.keys(possibleTypes).sort()).toEqual(conditions().sort());
  for (const [name, types] of Object.entries(possibleTypes)) {
    expect([...types].sort(), name).toEqual(typesOf(name).sort());
  }
});
