/** One user sees another become active, idle and offline. */
import { beforeAll, it } from 'vitest';
import { describeEndToEnd } from './fixture';
import { createSharedWorkspace } from './setup';
import { TestUser } from './testUser';

const [ann, ben] = [new TestUser('Ann'), new TestUser('Ben')];

describeEndToEnd('presence', { users: [ann, ben] }, ({ server }) => {
  let workspace: string;

  beforeAll(async () => {
    // Ben's clock can be advanced.
    await ben.page.clock.install();
    await createSharedWorkspace(ann, ben);
    workspace = ben.page.url();
  });

  const line = () => ann.page.getByRole('main').getByRole('listitem').filter({ hasText: '@ben' });
  const inList = () => ann.page.getByRole('navigation').getByRole('link', { name: /Ben/ });
  const header = () => ann.page.getByRole('main').locator('header').first();

  it('appears in the member list and in direct conversations', async () => {
    await ann.page.getByRole('link', { name: 'general' }).click();
    await ann.page.getByRole('link', { name: 'People' }).click();
    await line().getByRole('img', { name: 'Active' }).waitFor();
    await ann.page.getByRole('button', { name: 'Message Ben' }).click();
    await inList().getByRole('img', { name: 'Active' }).waitFor();
    await header().getByRole('img', { name: 'Active' }).waitFor();
    await ben.page.getByRole('navigation').getByRole('link', { name: 'Active Ann' }).waitFor();
  });

  it('changes to idle, and back with the next input', async () => {
    await ben.page.clock.fastForward('05:01');
    await inList().getByRole('img', { name: 'Idle' }).waitFor();
    await header().getByRole('img', { name: 'Idle' }).waitFor();
    await ben.page.mouse.move(200, 200);
    await inList().getByRole('img', { name: 'Active' }).waitFor();
  });

  it('ends on leaving and starts again on return', async () => {
    await ben.page.goto('about:blank');
    await inList().getByRole('img').waitFor({ state: 'detached' });
    await header().getByRole('img').waitFor({ state: 'detached' });
    await ben.page.goto(workspace);
    await inList().getByRole('img', { name: 'Active' }).waitFor();
  });

  it('recovers after a server outage', async () => {
    ann.isServerDown = true;
    ben.isServerDown = true;
    await server.kill();
    await ann.page
      .getByText(/connect/i)
      .first()
      .waitFor();
    await server.start();
    await inList().getByRole('img', { name: 'Active' }).waitFor();
    await ben.page.goto('about:blank');
    await inList().getByRole('img').waitFor({ state: 'detached' });
  });
});
