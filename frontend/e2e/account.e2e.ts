/**
 * A user changes password and email in the settings, which signs out the other device.
 */
import { expect, it } from 'vitest';
import { describeEndToEnd } from './fixture';
import { createWorkspace } from './setup';
import { TestUser } from './testUser';

const [ann, elsewhere] = [new TestUser('Ann'), new TestUser('Ann')];

// Wrong passwords and ended sessions are refused.
const options = { users: [ann, elsewhere], expectedErrors: /status of 40[013]/ };

describeEndToEnd('account settings', options, () => {
  async function signIn({ page }: TestUser, email: string, password: string) {
    await page.goto('/sign-in');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  it('shows the password requirements before an error', async () => {
    await ann.page.goto('/');
    await ann.page.getByText('Use at least 10 characters.').waitFor();
    await createWorkspace(ann);
  });

  it('changes the password and signs out the other device', async () => {
    await signIn(elsewhere, 'ann@example.com', 'a long enough password');
    await elsewhere.page.getByRole('link', { name: 'People' }).waitFor();
    await ann.page.goto('/settings');
    const form = ann.page.getByRole('form', { name: 'Change password' });
    await form.getByLabel('Current password').fill('not my password');
    await form.getByLabel('New password').fill('another long password');
    await form.getByRole('button', { name: 'Change password' }).click();
    await form.getByText('Wrong password.').waitFor();
    await form.getByLabel('Current password').fill('a long enough password');
    await form.getByRole('button', { name: 'Change password' }).click();
    await form.getByText('Password changed. Other devices have been signed out.').waitFor();
    expect(await ann.page.getByText('this device').count()).toBe(1);
    await elsewhere.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('changes the email and signs in with it', async () => {
    const form = ann.page.getByRole('form', { name: 'Change email' });
    await form.getByLabel('New email').fill('ann@example.org');
    await form.getByLabel('Current password').fill('another long password');
    await form.getByRole('button', { name: 'Change email' }).click();
    await form.getByText('Email changed.').waitFor();
    await ann.page.getByText('ann@example.org', { exact: true }).waitFor();
    await signIn(elsewhere, 'ann@example.org', 'another long password');
    await elsewhere.page.getByRole('link', { name: 'People' }).waitFor();
  });

  it('asks before signing out another device', async () => {
    const { page } = ann;
    await page.goto('/settings');
    const other = page.getByRole('listitem').filter({ hasNotText: 'this device' });
    await other.getByRole('button', { name: 'Sign out' }).click();
    const question = page.getByRole('dialog', { name: /^Sign out .+\?$/ });
    await question.getByRole('button', { name: 'Sign out' }).click();
    await other.waitFor({ state: 'detached' });
    await elsewhere.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });
});
