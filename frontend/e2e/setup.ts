/** Test setup through the UI: brings users into one workspace. */
import type { TestUser } from './testUser';

/** Registers the first account and creates the workspace. Ends in #general. */
export async function createWorkspace(ann: TestUser): Promise<void> {
  await ann.page.goto('/');
  await ann.register();
  await ann.page.getByLabel('Workspace name').fill('Acme');
  await ann.page.getByRole('button', { name: 'Create workspace' }).click();
  await ann.page.getByLabel('Message #general').waitFor();
}

/** Creates an invite link and returns its path. */
export async function invite({ page }: TestUser): Promise<string> {
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByRole('button', { name: 'Create invite link' }).click();
  const link = await page.getByLabel('Invite link').inputValue();
  return new URL(link).pathname;
}

/** Registers an account through an invite and joins the workspace. */
export async function join(ben: TestUser, path: string): Promise<void> {
  await ben.page.goto(path);
  await ben.page.getByRole('link', { name: 'Create an account' }).click();
  await ben.register();
}

export async function openGeneral({ page }: TestUser): Promise<void> {
  await page.getByRole('link', { name: 'general' }).click();
  await page.getByLabel('Message #general').waitFor();
}

/** Ann creates a workspace and Ben joins by her invite. Both end in #general. */
export async function createSharedWorkspace(ann: TestUser, ben: TestUser): Promise<void> {
  await createWorkspace(ann);
  await join(ben, await invite(ann));
  for (const person of [ann, ben]) await openGeneral(person);
}
