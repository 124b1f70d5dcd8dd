/**
 * Converts the snapshots in events to entities of the cache: a `MessageSnapshot` has fields of the `Message` with the
 * same id, and so on.
 */

type EntityName<Name> = Name extends `${infer Entity}Snapshot` ? Entity : Name;

/** A value with the types of entities in place of those of snapshots. */
export type WithEntities<Value> = Value extends readonly (infer Item)[]
  ? WithEntities<Item>[]
  : Value extends object
    ? {
        [Field in keyof Value]: Field extends '__typename'
          ? EntityName<Value[Field]>
          : WithEntities<Value[Field]>;
      }
    : Value;

export function withEntities<Value>(value: Value): WithEntities<Value> {
  return convert(value) as WithEntities<Value>;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    name === '__typename' ? String(field).replace(/Snapshot$/, '') : convert(field),
  ]);
  return Object.fromEntries(fields);
}
