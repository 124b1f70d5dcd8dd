/** What a page asks the server for by itself, signed in as who uses it: to prepare, and to compare. */
import type { Page } from 'playwright-core';

interface Answer<T> {
  data?: T;
  errors?: { message: string }[];
}

/** Asks once; an error fails the test. */
export function ask<T>(page: Page, query: string, variables: object): Promise<T> {
  return page.evaluate(askHere<T>, { query, variables: [variables] }).then((all) => all[0] as T);
}

/** The same for many variables, one after another. */
export function askAll<T>(page: Page, query: string, variables: readonly object[]): Promise<T[]> {
  return page.evaluate(askHere<T>, { query, variables });
}

/** Runs in the page. */
async function askHere<T>(wanted: { query: string; variables: readonly object[] }): Promise<T[]> {
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
