/** Sends mutations. Every mutation of the client passes through here. */
import type { ApolloClient, DocumentNode, TypedDocumentNode } from '@apollo/client';
import { mintId } from './id';

interface Options {
  /** `no-cache` does not write the response to the cache. */
  fetchPolicy?: 'no-cache';
  refetchQueries?: (DocumentNode | string)[];
  awaitRefetchQueries?: boolean;
}

/** Resolves to the response's data, or rejects with an error for `failureOf`. */
export async function mutate<Data, Input>(
  client: ApolloClient,
  mutation: TypedDocumentNode<Data, { input: Input }>,
  input: NoInfer<Input>,
  options: Options = {},
): Promise<Data> {
  const variables = { input };
  const { data } = await client.mutate<unknown>({ ...options, mutation, variables });
  if (!data) throw new Error('mutation response without data');
  return data as Data;
}

/** Sends a mutation with a new command ID. */
export function command<Data, Input extends { commandId?: unknown }>(
  client: ApolloClient,
  mutation: TypedDocumentNode<Data, { input: Input }>,
  input: Omit<NoInfer<Input>, 'commandId'>,
  options?: Options,
): Promise<Data> {
  const whole = { ...input, commandId: mintId('cmd') } as unknown as Input;
  return mutate(client, mutation, whole, options);
}
