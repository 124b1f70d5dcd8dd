/** How people who have just opened the client come to be in one workspace: the beginning of every walk. */
import type { Person } from './person';

/** The first account makes the workspace, and stands in #general. */
export async function begin(ann: Person): Promise<void> {
  await ann.page.goto('/');
  await ann.register();
  await ann.page.getByLabel('Workspace name').fill('Acme');
  await ann.page.getByRole('button', { name: 'Create workspace' }).click();
  await ann.page.getByLabel('Message #general').waitFor();
}

/** Creates an invite link, and gives its path. */
export async function invite({ page }: Person): Promise<string> {
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByRole('button', { name: 'Create invite link' }).click();
  const link = await page.getByLabel('Invite link').inputValue();
  return new URL(link).pathname;
}

/** Comes into the workspace by an invite, with an account of their own. */
export async function join(ben: Person, path: string): Promise<void> {
  await ben.page.goto(path);
  await ben.page.getByRole('link', { name: 'Create an account' }).click();
  await ben.register();
}

export async function openGeneral({ page }: Person): Promise<void> {
  await page.getByRole('link', { name: 'general' }).click();
  await page.getByLabel('Message #general').waitFor();
}

/** Ann makes a workspace, and Ben comes into it by her invite. Both are in #general. */
export async function meet(ann: Person, ben: Person): Promise<void> {
  await begin(ann);
  await join(ben, await invite(ann));
  for (const person of [ann, ben]) await openGeneral(person);
}
