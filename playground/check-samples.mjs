// Validates every sample document against the server's schema.
import { readFileSync, readdirSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';

const here = (path) => new URL(path, import.meta.url);
const schema = buildSchema(readFileSync(here('../schema.graphql'), 'utf8'));

const errors = readdirSync(here('samples/')).flatMap((file) =>
  validate(schema, parse(readFileSync(here(`samples/${file}`), 'utf8'))).map(
    (error) => `samples/${file}: ${error.message}`,
  ),
);

if (errors.length > 0) {
  console.error(errors.join('\n'));
  process.exit(1);
}
