/** Messages sent while the database is unavailable: kept, shown as queued, and finally sent. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { missing } from './environment';
import { describeEndToEnd } from './fixture';
import { Fleet, missingForFleet } from './fleet';
import { createWorkspace } from './setup';
import { TestUser } from './testUser';

const ann = new TestUser('Ann');
const settings: Record<string, string> = {};
const requirements = [missing, missingForFleet].filter(Boolean).join(', ');
let fleet: Fleet;

beforeAll(async () => {
  if (requirements) return;
  fleet = await Fleet.start();
  Object.assign(settings, fleet.settings);
});

afterAll(() => fleet?.remove());

const options = {
  users: [ann],
  settings,
  missing: requirements,
  // Without the database, queries are refused.
  expectedErrors: /status of 503/,
};

describeEndToEnd('queued messages', options, () => {
  beforeAll(async () => {
    await createWorkspace(ann);
    await ann.write('before');
    await ann.expectMessage('before');
    // Replies need a stored message, so it must not wait in the queue.
    await ann.message('before').hover();
    await ann.message('before').getByRole('button', { name: 'Reply in thread' }).waitFor();
  });

  it('are shown as queued, and in their place once decided', async () => {
    ann.isServerDown = true;
    fleet.cut();
    await ann.write('first of two');
    const queued = ann.page.getByText('Queued. The server will send it when it recovers.');
    await queued.first().waitFor();
    await ann.write('second of two');
    await expect.poll(() => queued.count()).toBe(2);
    // A queued message may be sent at any moment, so it cannot be withdrawn.
    const outgoing = ann.page.getByRole('alert').filter({ has: queued });
    expect(await outgoing.getByRole('button').allInnerTexts()).toEqual(['Retry', 'Retry']);
    fleet.mend();
    await queued.first().waitFor({ state: 'detached' });
    await ann.expectMessage('first of two');
    await ann.expectMessage('second of two');
    await expect.poll(() => queued.count()).toBe(0);
    expect(await ann.texts('')).toEqual(['before', 'first of two', 'second of two']);
    await ann.page.reload();
    await ann.expectMessage('second of two');
    expect(await ann.texts('')).toEqual(['before', 'first of two', 'second of two']);
  });
});
