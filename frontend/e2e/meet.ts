/** How two people who have just opened the client come to be in one workspace. */
import type { Person } from './person';

/** Ann makes a workspace, and Ben comes into it by her invite. Both are in #general. */
export async function meet(ann: Person, ben: Person): Promise<void> {
  await ann.page.goto('/');
  await ann.register();
  await ann.page.getByLabel('Workspace name').fill('Acme');
  await ann.page.getByRole('button', { name: 'Create workspace' }).click();
  await ann.page.getByRole('link', { name: 'People' }).click();
  await ann.page.getByRole('button', { name: 'Create invite link' }).click();
  const link = await ann.page.getByLabel('Invite link').inputValue();
  await ben.page.goto(new URL(link).pathname);
  await ben.page.getByRole('link', { name: 'Create an account' }).click();
  await ben.register();
  for (const { page } of [ann, ben]) {
    await page.getByRole('link', { name: 'general' }).click();
    await page.getByLabel('Message #general').waitFor();
  }
}
