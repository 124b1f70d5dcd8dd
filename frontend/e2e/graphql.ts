/** GraphQL requests from a page with its session, for setup and assertions. */
import type { Page } from 'playwright-core';

interface Answer<T> {
  data?: T;
  errors?: { message: string }[];
}

/** Executes one request. An error fails the test. */
export function execute<T>(page: Page, query: string, variables: object): Promise<T> {
  return page
    .evaluate(executeInPage<T>, { query, variables: [variables] })
    .then((all) => all[0] as T);
}

/** Executes a request for each set of variables, in sequence. */
export function executeAll<T>(
  page: Page,
  query: string,
  variables: readonly object[],
): Promise<T[]> {
  return page.evaluate(executeInPage<T>, { query, variables });
}

/** Runs in the page. */
async function executeInPage<T>(wanted: {
  query: string;
  variables: readonly object[];
}): Promise<T[]> {
  async function one(variables: object): Promise<T> {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: wanted.query, variables }),
    });
    const { data, errors }: Answer<T> = await response.json();
    if (errors?.length || !data) throw new Error(errors?.[0]?.message ?? 'no data');
    return data;
  }
  const answers: T[] = [];
  for (const variables of wanted.variables) answers.push(await one(variables));
  return answers;
}
