/** The client has words for every reason of the server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, isEnumType } from 'graphql';
import { expect, it } from 'vitest';
import { reasonMessages } from './reasons';

it('has a message for every reason in the schema', () => {
  const schema = buildSchema(
    readFileSync(join(import.meta.dirname, '../../../schema.graphql'), 'utf8'),
  );
  const reasons = schema.getType('ErrorReason');
  const names = isEnumType(reasons) ? reasons.getValues().map(({ name }) => name) : [];
  expect(Object.keys(reasonMessages).sort()).toEqual(names.sort());
});
