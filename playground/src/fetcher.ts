// Runs GraphiQL's operations, and stores received tokens and ids.
import { getOperationAST, type DocumentNode, type ExecutionResult } from 'graphql';

import { rememberIds } from './ids';
import { token } from './token';
import { request, subscribe, type Headers, type Operation } from './wire';

type Options = { headers?: Headers; documentAST?: DocumentNode };

export function makeFetcher(onMutation: () => void) {
  return (operation: Operation, { headers = {}, documentAST }: Options = {}) => {
    const kind =
      documentAST && getOperationAST(documentAST, operation.operationName)?.operation;
    if (kind === 'subscription') {
      return {
        subscribe: (observer: Parameters<typeof subscribe>[2]) =>
          subscribe(operation, headers, observer),
      };
    }
    return request(operation, headers).then((response) => {
      if (documentAST) rememberIds(response);
      if (kind === 'mutation') {
        storeToken(response);
        onMutation();
      }
      return response;
    });
  };
}

function storeToken({ data }: ExecutionResult) {
  for (const payload of Object.values(data ?? {})) {
    const found = (payload as { token?: unknown } | null)?.token;
    if (typeof found === 'string') token.set(found);
  }
}
